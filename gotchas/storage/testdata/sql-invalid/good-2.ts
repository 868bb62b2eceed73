import { DurableObject } from "cloudflare:workers";

// Parts that are computed, and tables whose columns nobody can tell from here, are
// not judged.
export class Archive extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(`CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS entries_at ON entries (at);
      CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (text)`);
  }

  list(kinds: string[], order: "at" | "id"): unknown[] {
    const { sql } = this.ctx.storage;
    const marks = kinds.map(() => "?").join(", ");
    return [
      ...sql.exec(`SELECT id, kind FROM entries WHERE kind IN (${marks}) ORDER BY ${order} LIMIT 50`, ...kinds),
      ...sql.exec('SELECT rowid, "entries" AS source FROM entries ORDER BY at LIMIT 50'), // guard
      ...sql.exec("SELECT rowid, rank FROM found WHERE found MATCH ? ORDER BY rank LIMIT 50", kinds[0]),
      ...sql.exec("SELECT e.id, j.value FROM entries e, json_each(?) j WHERE e.kind = j.value LIMIT 50", JSON.stringify(kinds)), // guard
    ];
  }

  prune(before: number): void {
    this.ctx.storage.sql.exec("DELETE FROM entries WHERE at < ? ORDER BY at LIMIT 100", before); // guard
  }

  note(kind: string): void {
    this.ctx.storage.sql.exec( // guard
      `WITH latest AS (SELECT max(at) AS at FROM entries)
       INSERT INTO entries (kind, at) SELECT ?1, coalesce(at, 0) + 1 FROM latest RETURNING id`,
      kind,
    ).toArray();
  }
}
