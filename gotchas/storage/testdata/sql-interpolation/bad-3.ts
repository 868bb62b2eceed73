import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS steps (part TEXT NOT NULL, step INTEGER NOT NULL)");
  }

  core(): number {
    return count(this.ctx.storage.sql, "core");
  }

  named(part: string): number {
    return count(this.ctx.storage.sql, part);
  }
}

// One of its callers hands on what it was given itself.
function count(sql: SqlStorage, part: string): number {
  return sql.exec<{ n: number }>(`SELECT count(*) AS n FROM steps WHERE part = '${part}'`).one().n; // want "part is spliced into the statement"
}
