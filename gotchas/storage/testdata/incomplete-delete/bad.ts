import { DurableObject } from "cloudflare:workers";

export class Workspace extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY); CREATE TABLE IF NOT EXISTS members (name TEXT PRIMARY KEY)");
  }

  async remove() {
    this.ctx.storage.sql.exec("DROP TABLE members");
    this.ctx.storage.sql.exec("DROP TABLE pages"); // want "drops the tables members, pages"
  }
}

export class Session extends DurableObject {
  async end() {
    const all = await this.ctx.storage.list();
    for (const key of all.keys()) {
      await this.ctx.storage.delete(key); // want "deletes all keys"
    }
  }
}
