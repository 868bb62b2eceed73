import { DurableObject } from "cloudflare:workers";

export class Session extends DurableObject<Env> {
  async touch(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async logout(): Promise<void> {
    await this.ctx.storage.deleteAll(); // want "2026-01-15, so this deleteAll keeps the alarm"
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
  }
}
