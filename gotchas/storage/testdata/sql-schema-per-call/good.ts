import { DurableObject } from "cloudflare:workers";

export class Log extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY, line TEXT NOT NULL)"); // guard
    });
  }

  async add(line: string) {
    this.ctx.storage.sql.exec("INSERT INTO lines (line) VALUES (?)", line); // ok
  }
}
