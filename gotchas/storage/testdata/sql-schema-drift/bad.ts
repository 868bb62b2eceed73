import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
      ctx.storage.sql.exec("ALTER TABLE guests ADD COLUMN language TEXT NOT NULL DEFAULT 'en'"); // want "duplicate column name: language"
    });
  }
}

export class Hall extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS seats (id INTEGER PRIMARY KEY, label TEXT NOT NULL, UNIQUE (label))");
  }

  async add(label: string, row: number) {
    this.ctx.storage.sql.exec("INSERT INTO seats (label, row) VALUES (?, ?)", label, row); // want "seats has no column row"
  }

  async rename(id: number, label: string) {
    this.ctx.storage.sql.exec("UPDATE seats SET label = ? WHERE id = ?", label, id); // ok
  }
}
