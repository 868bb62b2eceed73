import { DurableObject } from "cloudflare:workers";

export class Files extends DurableObject<Env> {
  many(ids: string[]): unknown[] {
    return this.ctx.storage.sql
      .exec("SELECT * FROM files WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids)) // ok
      .toArray();
  }

  add(ids: string[]): void {
    for (let i = 0; i < ids.length; i += 100) {
      const chunk = ids.slice(i, i + 100); // guard
      this.ctx.storage.sql.exec(`INSERT INTO files (id) VALUES ${chunk.map(() => "(?)").join(", ")}`, ...chunk); // ok
    }
  }

  few(ids: string[]): unknown[] {
    if (ids.length > 50) throw new RangeError("at most 50 ids"); // guard
    return this.ctx.storage.sql.exec(`SELECT * FROM files WHERE id IN (${ids.map(() => "?").join(",")})`, ...ids).toArray(); // ok
  }

  one(id: string): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM files WHERE id = ? OR parent = ?", id, id).toArray(); // ok
  }
}
