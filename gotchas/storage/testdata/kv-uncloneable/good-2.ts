import { DurableObject } from "cloudflare:workers";

export class Keys extends DurableObject<Env> {
  async begin(): Promise<void> {
    await this.ctx.storage.put("adminKey", this.env.ADMIN_KEY); // ok
  }
}
