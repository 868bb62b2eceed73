import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL) STRICT");
  }

  rename(id: string, title: string): void {
    this.ctx.storage.sql.exec("UPDATE notes SET title = ? WHERE id = ?", title, id); // guard
  }

  add(id: string, title: string, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO notes (id, title, body) VALUES (?, ?, ?)", id, title, body); // guard
  }

  remove(id: string): void {
    this.ctx.storage.sql.exec("DELETE FROM notes WHERE id = ?", id); // guard
  }
}
