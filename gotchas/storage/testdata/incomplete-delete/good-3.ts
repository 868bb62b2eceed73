import { DurableObject } from "cloudflare:workers";

export class Cache extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS answers (url TEXT PRIMARY KEY, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS hits (url TEXT PRIMARY KEY, n INTEGER NOT NULL)`);
  }

  hit(url: string): void {
    this.ctx.storage.sql.exec("INSERT INTO hits (url, n) VALUES (?, 1) ON CONFLICT (url) DO UPDATE SET n = n + 1", url);
  }

  // A part of what there is, by its name.
  purge(): void {
    this.ctx.storage.sql.exec("DELETE FROM answers"); // ok
  }
}
