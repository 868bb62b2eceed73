import { DurableObject } from "cloudflare:workers";

export class Workspace extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS members (id TEXT PRIMARY KEY, mail TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, member TEXT NOT NULL REFERENCES members ON DELETE CASCADE);
      CREATE TABLE IF NOT EXISTS plans (id TEXT PRIMARY KEY, until INTEGER NOT NULL)`);
  }

  note(id: string, member: string): void {
    this.ctx.storage.sql.exec("INSERT INTO notes (id, member) VALUES (?, ?)", id, member);
  }

  // The notes go with their members, and the plan is deleted when it ends.
  deleteWorkspace(): void {
    this.ctx.storage.sql.exec("DELETE FROM members"); // ok
  }

  async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM plans WHERE until < ?", Date.now());
  }
}
