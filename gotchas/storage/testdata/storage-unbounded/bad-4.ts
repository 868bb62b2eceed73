import { DurableObject } from "cloudflare:workers";

export class Game extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS players (id TEXT PRIMARY KEY, name TEXT NOT NULL)"); // want "players gets a new row each time"
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, room TEXT NOT NULL, text TEXT NOT NULL)"); // ok
  }

  join(id: string, name: string): void {
    this.ctx.storage.sql.exec("INSERT INTO players (id, name) VALUES (?, ?)", id, name); // ok
  }

  say(room: string, text: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (room, text) VALUES (?, ?)", room, text); // want "only those that a caller names"
  }

  closeRoom(room: string): void {
    this.ctx.storage.sql.exec("DELETE FROM messages WHERE room = ?", room);
  }
}

export class Session extends DurableObject<Env> {
  private closed = false;

  async alarm(): Promise<void> {
    if (this.closed) {
      await this.ctx.storage.deleteAll();
      return;
    }
    await this.ctx.storage.put("closedAt", Date.now());
    this.closed = true; // want "waits for a further alarm"
  }
}
