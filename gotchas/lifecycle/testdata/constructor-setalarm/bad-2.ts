import { DurableObject } from "cloudflare:workers";

export class Sweeper extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      await ctx.storage.put("started", Date.now());
    }).then(() => ctx.storage.setAlarm(Date.now() + 60_000)); // want "Every wake-up of Sweeper"
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.delete("started");
  }
}
