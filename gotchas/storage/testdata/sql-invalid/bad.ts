import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL) STRICT");
  }

  rename(id: string, title: string): void {
    this.ctx.storage.sql.exec("UPDATE notes SET titel = ? WHERE id = ?", title, id); // want "does not accept this UPDATE of notes: no such column: titel"
  }

  add(id: string, title: string, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO notes (id, title) VALUES (?, ?, ?)", id, title, body); // want "3 values for 2 columns"
  }

  remove(id: string): void {
    this.ctx.storage.sql.exec("DELETE notes WHERE id = ?", id); // want "syntax error"
  }
}
