import { DurableObject } from "cloudflare:workers";

export class Users extends DurableObject<Env> {
  move(id: string, team: string): void {
    this.ctx.storage.sql.exec("DELETE FROM members WHERE id = ?; INSERT INTO members (id, team) VALUES (?, ?)", id, id, team); // want "Statement 1 of 2 .DELETE of members"
  }

  setup(): void {
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS members (id TEXT, team TEXT); -- the only table"); // want "does not end with a statement"
    sql.exec(""); // want "does not end with a statement"
  }
}
