import { DurableObject } from "cloudflare:workers";

export class Billing extends DurableObject<Env> {
  async alarm(): Promise<void> {
    await this.env.PAYMENTS.charge();
    await this.ctx.storage.setAlarm(Date.now() + 24 * 60 * 60 * 1000); // guard
  }
}

export class Tick extends DurableObject<Env> {
  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 1000); // ok
    try {
      await fetch("https://example.com/tick");
    } catch (error) {
      console.error(error);
    }
  }
}

export class Sweep extends DurableObject<Env> {
  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // ok
    this.ctx.storage.sql.exec("DELETE FROM sessions WHERE expires < ?", Date.now());
  }
}
