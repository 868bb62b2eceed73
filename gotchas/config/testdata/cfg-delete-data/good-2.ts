import { DurableObject } from "cloudflare:workers";

// Limiter, which only counted requests, is gone from the code too.
export class Room extends DurableObject<Env> {
  async join(user: string) {
    await this.ctx.storage.put(`member:${user}`, Date.now());
  }
}
