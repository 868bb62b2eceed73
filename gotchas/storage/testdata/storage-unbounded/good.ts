import { DurableObject } from "cloudflare:workers";

const KEEP_MS = 7 * 24 * 60 * 60 * 1000;

export class Chat extends DurableObject<Env> {
  post(author: string, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (author, body, at) VALUES (?, ?, ?)", author, body, Date.now()); // ok
  }

  async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM messages WHERE at < ?", Date.now() - KEEP_MS); // guard
  }
}

export class Members extends DurableObject<Env> {
  join(id: string): void {
    this.ctx.storage.sql.exec("INSERT INTO members (id, seen_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at", id, Date.now()); // ok
  }
}
