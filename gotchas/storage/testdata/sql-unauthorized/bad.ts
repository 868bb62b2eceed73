import { DurableObject } from "cloudflare:workers";

export class Store extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("PRAGMA journal_mode = WAL"); // want "PRAGMA journal_mode"
    ctx.storage.sql.exec("PRAGMA user_version = 3"); // want "PRAGMA user_version"
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS _cf_settings (k TEXT)"); // want "name _cf_settings, which is reserved"
  }

  tidy(): void {
    const { sql } = this.ctx.storage;
    sql.exec("VACUUM"); // want "VACUUM, because"
    sql.exec("CREATE TEMP TABLE scratch (n INTEGER)"); // want "temporary tables"
    sql.exec("ATTACH DATABASE 'other' AS other"); // want "ATTACH"
    sql.exec("SELECT sqlite_version() AS v"); // want "sqlite_version"
  }
}
