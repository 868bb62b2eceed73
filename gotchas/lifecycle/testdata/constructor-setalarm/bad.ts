import { DurableObject } from "cloudflare:workers";

export class Job extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      await this.#arm();
    });
  }

  async #arm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // want "Every wake-up of Job sets the alarm anew"
  }

  async alarm(): Promise<void> {}
}
