import { DurableObject } from "cloudflare:workers";

export class Worker extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const rows = this.ctx.storage.sql.exec<{ id: string }>("SELECT id FROM jobs LIMIT 100").toArray();
    if (rows.length === 100) {
      await this.ctx.storage.setAlarm(Date.now()); // guard
    }
  }
}

export class Ticker extends DurableObject<Env> {
  async alarm(): Promise<void> {
    if (this.ctx.getWebSockets().length === 0) return;
    await this.ctx.storage.setAlarm(Date.now() + 50); // guard
  }
}

export class Minute extends DurableObject<Env> {
  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // ok
  }
}
