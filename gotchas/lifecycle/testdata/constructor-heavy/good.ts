import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  #title = "";

  constructor(ctx: DurableObjectState, env: Env) { // guard
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, body TEXT)");
    const { version } = ctx.storage.sql.exec<{ version: number }>("SELECT coalesce(max(id), 0) AS version FROM _migrations").one();
    this.#title = ctx.storage.kv.get<string>("title") ?? `v${version}`;
    ctx.blockConcurrencyWhile(async () => {
      await ctx.storage.get("settings");
    });
  }

  async refresh(): Promise<string> {
    const response = await fetch("https://config.example"); // ok
    return this.#title + (await response.text());
  }
}
