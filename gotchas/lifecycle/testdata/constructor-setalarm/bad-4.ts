import { DurableObject } from "cloudflare:workers";

export class Ticker extends DurableObject<Env> {
  private due: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.due = Date.now() + 60_000;
    ctx.storage.setAlarm(this.due); // want "sets the alarm anew"
  }

  async alarm(): Promise<void> {
    await this.env.BEAT.send({ at: this.due });
  }
}
