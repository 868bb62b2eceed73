import { DurableObject } from "cloudflare:workers";

export class Pulse extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      const every = (await ctx.storage.get<number>("every")) ?? 60_000;
      await ctx.storage.setAlarm(Date.now() + every); // want "sets the alarm anew"
    });
  }

  async alarm(): Promise<void> {
    await this.env.BEAT.send({ at: Date.now() });
  }
}
