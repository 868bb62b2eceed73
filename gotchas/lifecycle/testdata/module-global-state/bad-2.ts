import { DurableObject } from "cloudflare:workers";

let leader: string | undefined;

export class Race extends DurableObject<Env> {
  finish(names: string[]): string | undefined {
    [leader] = names; // want "leader is shared by all objects"
    return leader;
  }
}
