import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, author TEXT, body TEXT)");
  }

  post(author: string, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages (author, body) VALUES (?, ?)", author, body); // want "messages gets a new row each time"
  }
}
