import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async open(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async close(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
  }

  async alarm(): Promise<void> {
    const members = await this.ctx.storage.list({ prefix: "member:", limit: 100 });
    if (members.size === 0) return;
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }
}
