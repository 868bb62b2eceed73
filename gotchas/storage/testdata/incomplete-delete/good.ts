import { DurableObject } from "cloudflare:workers";

export class Workspace extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#createTables();
  }

  #createTables() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY); CREATE TABLE IF NOT EXISTS members (name TEXT PRIMARY KEY)");
  }

  async remove() {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll(); // guard
    this.ctx.abort();
  }

  async reset() {
    this.ctx.storage.sql.exec("DROP TABLE members");
    this.ctx.storage.sql.exec("DROP TABLE pages"); // ok
    this.#createTables();
  }

  async forgetMembers() {
    this.ctx.storage.sql.exec("DELETE FROM members"); // ok
  }
}

export class Session extends DurableObject {
  async expire() {
    const all = await this.ctx.storage.list<{ until: number }>();
    for (const [key, value] of all) {
      if (value.until < Date.now()) await this.ctx.storage.delete(key); // ok
    }
  }

  async forgetDrafts() {
    const drafts = await this.ctx.storage.list({ prefix: "draft:" });
    for (const key of drafts.keys()) await this.ctx.storage.delete(key); // ok
  }
}
