import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async count(): Promise<number> {
    return 1;
  }
}
