import { DurableObject } from "cloudflare:workers";

export class Users extends DurableObject<Env> {
  setup(): void {
    this.ctx.storage.sql.exec(` // guard
      -- people
      CREATE TABLE IF NOT EXISTS members (id TEXT, note TEXT DEFAULT '; -- ');
      CREATE INDEX IF NOT EXISTS members_by_id ON members (id);
    `);
  }

  move(id: string, team: string): void {
    this.ctx.storage.sql.exec("DELETE FROM members; INSERT INTO members (id, team) VALUES (?, ?);", id, team); // guard
    this.ctx.storage.sql.exec("SELECT ';' || ?", id); // ok
  }
}
