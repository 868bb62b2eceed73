import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  #latest?: string;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => { // guard
      ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY)");
      this.#latest = await ctx.storage.get<string>("latest");
    });
  }

  async refresh(): Promise<void> {
    const response = await fetch("https://feed.example/latest"); // ok
    const latest = await response.text(); // ok
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.ctx.storage.put("latest", latest);
      this.#latest = latest;
    });
  }

  // blockConcurrencyWhile(async () => { await fetch(…) }) would stall every client.
  latest(): string | undefined {
    return this.#latest;
  }
}
