import { DurableObject } from "cloudflare:workers";

const PAGE_SIZE = 50;
const COLUMNS = { name: "name", age: "created_at" } as const;

export class Users extends DurableObject<Env> {
  find(name: string): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM users WHERE name = ?", name).toArray(); // guard
  }

  search(text: string): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM users WHERE name LIKE ?", `%${text}%`).toArray(); // guard
  }

  page(sort: keyof typeof COLUMNS, after: number): unknown[] {
    return this.ctx.storage.sql
      .exec(`SELECT * FROM users WHERE id > ? ORDER BY ${COLUMNS[sort]} LIMIT ${PAGE_SIZE}`, after) // ok
      .toArray();
  }

  many(ids: string[]): unknown[] {
    const marks = ids.map(() => "?").join(", ");
    return this.ctx.storage.sql.exec(`SELECT * FROM users WHERE id IN (${marks})`, ...ids).toArray(); // ok
  }
}
