import { DurableObject } from "cloudflare:workers";

export class Users extends DurableObject<Env> {
  add(name: string, email: string): void {
    this.ctx.storage.sql.exec("INSERT INTO users (name, email) VALUES (?, ?)", [name, email]); // want "one binding for 2 placeholders"
  }

  tag(id: string, tags: string[]): void {
    this.ctx.storage.sql.exec("INSERT INTO tags (list) VALUES (?)", tags); // want "one text with commas"
  }

  many(ids: string[]): unknown[] {
    const { sql } = this.ctx.storage;
    const values = ids.map((id) => id.toLowerCase());
    return sql.exec(`SELECT * FROM users WHERE id IN (${ids.map(() => "?").join(",")})`, values).toArray(); // want "values is one binding"
  }
}
