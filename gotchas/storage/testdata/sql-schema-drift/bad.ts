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
