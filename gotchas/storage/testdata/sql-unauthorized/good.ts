import { DurableObject } from "cloudflare:workers";

export class Store extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("PRAGMA defer_foreign_keys = on"); // guard
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS _migrations (id INTEGER PRIMARY KEY)"); // ok
  }

  columns(): unknown[] {
    return this.ctx.storage.sql.exec("PRAGMA table_info('notes')").toArray(); // guard
  }

  list(): unknown[] {
    // PRAGMA user_version would be refused here.
    return this.ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%' AND 'VACUUM' <> name").toArray(); // ok
  }
}
