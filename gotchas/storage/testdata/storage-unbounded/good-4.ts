import { DurableObject } from "cloudflare:workers";

export class Game extends DurableObject<Env> {
  join(id: string, name: string): void {
    this.ctx.storage.sql.exec("INSERT INTO players (id, name) VALUES (?, ?)", id, name); // ok
  }

  leave(id: string): void {
    this.ctx.storage.sql.exec("DELETE FROM players WHERE id = ?", id); // guard
  }

  say(text: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (text) VALUES (?)", text); // ok
  }

  async alarm(): Promise<void> {
    const old = this.ctx.storage.sql.exec<{ id: number }>("SELECT id FROM messages ORDER BY id LIMIT 100").toArray();
    for (const { id } of old) this.ctx.storage.sql.exec("DELETE FROM messages WHERE id = ?", id); // guard
  }

  order(item: string): void {
    this.ctx.storage.sql.exec("INSERT INTO orders (item) VALUES (?)", item); // ok
  }
}

export class Session extends DurableObject<Env> {
  private closed = false;

  async alarm(): Promise<void> {
    if (this.closed) {
      await this.ctx.storage.deleteAll();
      return;
    }
    this.closed = true; // ok
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }
}
