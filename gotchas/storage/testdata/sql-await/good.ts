import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  list(): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM notes").toArray(); // guard
  }

  async clear(): Promise<void> {
    await this.ctx.storage.sql.exec("DELETE FROM notes"); // ok
    await this.ctx.storage.delete("count").then(() => undefined); // ok
  }
}
