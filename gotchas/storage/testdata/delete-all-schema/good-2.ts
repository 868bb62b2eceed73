import { Agent } from "agents";
import { DurableObject } from "cloudflare:workers";

// Only keys, no tables.
export class Session extends DurableObject<Env> {
  async put(value: string): Promise<void> {
    await this.ctx.storage.put("value", value);
  }

  async end(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
  }
}

// The instance ends with its data.
export class Upload extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS parts (n INTEGER PRIMARY KEY)");
  }

  add(n: number): void {
    this.ctx.storage.sql.exec("INSERT INTO parts (n) VALUES (?)", n);
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
    this.ctx.abort("expired"); // guard
  }
}

// Each use creates its table.
export class Tally extends DurableObject<Env> {
  hit(): void {
    const sql = this.ctx.storage.sql;
    sql.exec("CREATE TABLE IF NOT EXISTS hits (at INTEGER)");
    sql.exec("INSERT INTO hits (at) VALUES (?)", Date.now());
  }

  async wipe(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
  }
}

export class Chat extends Agent<Env> {
  async forget(): Promise<void> {
    this.sql`SELECT 1 FROM notes`;
    await this.ctx.storage.deleteAll(); // ok
  }
}
