import { DurableObject } from "cloudflare:workers";

export class Billing extends DurableObject<Env> {
  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 24 * 60 * 60 * 1000); // want "If this.env.PAYMENTS.charge.. on line 6 throws"
    await this.env.PAYMENTS.charge();
  }
}
