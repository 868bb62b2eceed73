import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  #ready = false;

  #ensureSchema(): void {
    if (this.#ready) return;
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, body TEXT)");
    this.#ready = true;
  }

  add(body: string): void {
    this.#ensureSchema();
    this.ctx.storage.sql.exec("INSERT INTO messages (body) VALUES (?)", body);
  }

  async reset(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
    this.#ready = false; // guard
  }
}

export class Archive extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#migrate();
  }

  #migrate(): void {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, html TEXT)");
  }

  count(): number {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM pages").one().n;
  }

  async clear(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
    this.#migrate(); // guard
  }
}
