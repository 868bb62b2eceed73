import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  #loaded = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => { // guard
      ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, n INTEGER)");
    });
  }

  async increment(): Promise<number> {
    const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }

  async fetch(): Promise<Response> {
    if (!this.#loaded) {
      await this.ctx.blockConcurrencyWhile(async () => { // ok
        this.#loaded = true;
      });
    }
    return new Response("ok");
  }

  async restoreBackup(rows: Record<string, number>): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => this.ctx.storage.put(rows)); // ok
  }
}
