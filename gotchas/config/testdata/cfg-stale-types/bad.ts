import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<Room>; // want "Env declares the namespace ROOM, but bad.jsonc does not bind it"
  MODE: string;
}

type Limits = {
  LIMITER: DurableObjectNamespace; // want "Env declares the namespace LIMITER"
};

export class Room extends DurableObject<Env> {}

export const handler: ExportedHandler<Limits> = {};
