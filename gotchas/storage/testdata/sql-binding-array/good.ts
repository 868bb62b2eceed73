import { DurableObject } from "cloudflare:workers";

export class Users extends DurableObject<Env> {
  add(name: string, email: string): void {
    this.ctx.storage.sql.exec("INSERT INTO users (name, email) VALUES (?, ?)", name, email); // ok
  }

  addRow(row: [string, string]): void {
    this.ctx.storage.sql.exec("INSERT INTO users (name, email) VALUES (?, ?)", ...row); // guard
  }

  picture(id: string, bytes: Uint8Array): void {
    this.ctx.storage.sql.exec("UPDATE users SET picture = ?", bytes); // ok
  }

  tags(tags: string[]): void {
    this.ctx.storage.sql.exec("INSERT INTO tags (list) VALUES (?)", JSON.stringify(tags)); // ok
  }

  async elsewhere(db: Database, a: string, b: string): Promise<void> {
    db.exec("INSERT INTO t VALUES (?, ?)", [a, b]); // ok
  }
}
