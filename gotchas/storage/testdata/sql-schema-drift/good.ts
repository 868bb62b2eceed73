import { DurableObject } from "cloudflare:workers";

const STEPS = [
  "CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
  "ALTER TABLE guests ADD COLUMN room TEXT NOT NULL DEFAULT 'hall'", // ok
  "ALTER TABLE guests ADD COLUMN badge TEXT; CREATE UNIQUE INDEX guests_by_badge ON guests (badge)", // ok
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
    const columns = sql.exec<{ name: string }>("PRAGMA table_info(guests)").toArray();
    if (!columns.some((column) => column.name === "language")) {
      sql.exec("ALTER TABLE guests ADD COLUMN language TEXT NOT NULL DEFAULT 'en'"); // guard
    }
  }
}
