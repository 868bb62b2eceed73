import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  post(author: string, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (author, body) VALUES (?, ?)", author, body);
  }

  history(): unknown[] {
    return this.ctx.storage.sql.exec("SELECT * FROM messages ORDER BY id").toArray(); // want "reads all of messages, to which line 5"
  }

  all(): unknown[] {
    const { sql } = this.ctx.storage;
    return [...sql.exec("SELECT author, body FROM messages")]; // want "reads all of messages"
  }
}
