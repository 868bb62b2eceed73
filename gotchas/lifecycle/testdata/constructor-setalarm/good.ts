import { DurableObject } from "cloudflare:workers";

export class Job extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      const current = await ctx.storage.getAlarm();
      if (current === null) await ctx.storage.setAlarm(Date.now() + 60_000); // guard
    });
  }

  async start(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // ok
  }

  async alarm(): Promise<void> {}
}
