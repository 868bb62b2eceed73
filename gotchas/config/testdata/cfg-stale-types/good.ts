import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOMS: DurableObjectNamespace<Room>; // guard
  LIMITER?: DurableObjectNamespace; // ok
}

interface Pools {
  standby: DurableObjectNamespace; // ok
}

export class Room extends DurableObject<Env> {
  pools?: Pools;
}
