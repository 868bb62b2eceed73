import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  list(): unknown {
    return this.ctx.storage.sql.exec("SELECT * FROM notes").then((rows) => rows.length); // want "no then"
  }

  async clear(): Promise<void> {
    const { sql } = this.ctx.storage;
    await sql.exec("DELETE FROM notes").catch(() => {}); // want "no catch"
  }
}
