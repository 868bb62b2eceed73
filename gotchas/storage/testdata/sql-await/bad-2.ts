import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  async count(): Promise<number> {
    return (await this.ctx.storage.sql.exec("SELECT count(*) AS n FROM notes")).one().n as number; // want "waits for nothing"
  }
}
