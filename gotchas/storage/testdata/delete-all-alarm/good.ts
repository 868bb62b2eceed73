import { DurableObject } from "cloudflare:workers";

export class Session extends DurableObject<Env> {
  async touch(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async logout(): Promise<void> {
    await this.ctx.storage.deleteAlarm(); // guard
    await this.ctx.storage.deleteAll(); // ok
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll(); // guard
  }
}

export class Plain extends DurableObject<Env> {
  async clear(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
  }
}
