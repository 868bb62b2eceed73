import { DurableObject } from "cloudflare:workers";

export class Uploads extends DurableObject<Env> {
  async add(part: string): Promise<void> {
    await this.ctx.storage.put(`part:${crypto.randomUUID()}`, part);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + 30_000); // guard
  }

  async touch(): Promise<void> {
    await this.ctx.storage.put("seen", Date.now());
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + 30_000);
  }

  async alarm(): Promise<void> {
    const parts = await this.ctx.storage.list({ prefix: "part:", limit: 100 });
    if (parts.size === 0) return; // ok
    await this.ctx.storage.get("seen");
    await this.ctx.storage.delete([...parts.keys()]);
  }
}
