import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async lines(): Promise<number> {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM lines").one().n;
  }
}
