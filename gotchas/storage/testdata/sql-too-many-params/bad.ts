import { DurableObject } from "cloudflare:workers";

export class Files extends DurableObject<Env> {
  many(ids: string[]): unknown[] {
    const marks = ids.map(() => "?").join(", ");
    return this.ctx.storage.sql.exec(`SELECT * FROM files WHERE id IN (${marks})`, ...ids).toArray(); // want "each element of ids"
  }

  add(rows: { id: string; size: number }[]): void {
    if (rows.length === 0) return;
    const values = rows.map(() => "(?, ?)").join(", ");
    this.ctx.storage.sql.exec(`INSERT INTO files (id, size) VALUES ${values}`, ...rows.flatMap((r) => [r.id, r.size])); // want "each element of rows"
  }

  drop(ids: string[]): void {
    const { sql } = this.ctx.storage;
    sql.exec(`DELETE FROM files WHERE id IN (${new Array(ids.length).fill("?").join(",")})`, ...ids); // want "each element of ids"
  }
}
