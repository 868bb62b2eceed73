import { DurableObject } from "cloudflare:workers";

export class Workspace extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, text TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS members (id TEXT PRIMARY KEY, mail TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS invitations (mail TEXT PRIMARY KEY, sent INTEGER NOT NULL)`);
  }

  invite(mail: string): void {
    this.ctx.storage.sql.exec("INSERT OR IGNORE INTO invitations (mail, sent) VALUES (?, ?)", mail, Date.now());
  }

  leave(id: string): void {
    this.ctx.storage.sql.exec("DELETE FROM members WHERE id = ?", id);
  }

  deleteWorkspace(): void {
    this.ctx.storage.sql.exec("DELETE FROM notes");
    this.ctx.storage.sql.exec("DELETE FROM members"); // want "nothing ever empties invitations"
  }
}
