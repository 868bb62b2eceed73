import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  items: string[] = [];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      const url = await ctx.storage.get<string>("url");
      if (url) this.items = (await (await fetch(url)).text()).split("\n"); // want "waits for a fetch"
    });
  }

  async follow(url: string): Promise<void> {
    await this.ctx.storage.put("url", url);
  }
}
