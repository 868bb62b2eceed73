import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  post(author: string, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (author, body) VALUES (?, ?)", author, body);
  }

  latest(): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM messages ORDER BY id DESC LIMIT 50").toArray(); // guard
  }

  since(id: number): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM messages WHERE id > ?", id).toArray(); // ok
  }

  count(): number {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM messages").one().n; // ok
  }

  settings(): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM settings").toArray(); // ok
  }
}

export class Recent extends DurableObject<Env> {
  add(text: string): void {
    this.ctx.storage.sql.exec("INSERT INTO events (text, at) VALUES (?, ?)", text, Date.now());
    this.ctx.storage.sql.exec("DELETE FROM events WHERE at < ?", Date.now() - 60_000);
  }

  list(): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM events").toArray(); // ok
  }
}
