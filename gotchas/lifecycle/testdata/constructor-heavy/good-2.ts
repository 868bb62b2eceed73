import { DurableObject } from "cloudflare:workers";

export class Match extends DurableObject<Env> {
  rules = "";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      const over = await ctx.storage.get<boolean>("over");
      if (over) {
        await this.env.LOBBY.getByName("registry").forget(ctx.id.toString()); // ok
        await ctx.storage.deleteAll(); // ok
        return;
      }
      let rules = await ctx.storage.get<string>("rules");
      if (!rules) {
        rules = await (await fetch("https://rules.example/latest")).text(); // ok
        await ctx.storage.put("rules", rules);
      }
      this.rules = rules;
    });
  }

  async end(): Promise<void> {
    await this.ctx.storage.put("over", true);
  }
}
