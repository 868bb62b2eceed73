import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  async count(): Promise<number> {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM hits").one().n;
  }
}
