import { DurableObject } from "cloudflare:workers";

const STEPS = [
  "CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
  "ALTER TABLE guests ADD COLUMN room TEXT NOT NULL", // want "NOT NULL and has no default"
  "ALTER TABLE guests ADD COLUMN joined_at TEXT DEFAULT (datetime('now'))", // want "computed"
  "ALTER TABLE guests ADD COLUMN badge TEXT UNIQUE", // want "cannot be UNIQUE"
];

export class Room extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS steps (n INTEGER PRIMARY KEY)");
    const done = sql.exec<{ n: number }>("SELECT count(*) AS n FROM steps").one().n;
    for (let i = done; i < STEPS.length; i++) {
      sql.exec(STEPS[i]);
      sql.exec("INSERT INTO steps (n) VALUES (?)", i);
    }
  }
}
