import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, body TEXT)");
  }

  add(body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (body) VALUES (?)", body);
  }

  async reset(): Promise<void> {
    await this.ctx.storage.deleteAll(); // want "drops the tables of Room"
  }
}
