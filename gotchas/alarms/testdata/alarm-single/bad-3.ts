import { DurableObject } from "cloudflare:workers";

export class Uploads extends DurableObject<Env> {
  private waiting = 0;

  async add(part: string): Promise<void> {
    this.waiting++;
    await this.ctx.storage.put(`part:${this.waiting}`, part);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + 30_000);
  }

  async expire(name: string): Promise<void> {
    await this.ctx.storage.put(`expired:${name}`, Date.now());
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + 30_000);
  }

  async alarm(): Promise<void> {
    if (this.waiting === 0) return; // want "for the keys expired:"
    const parts = await this.ctx.storage.list({ prefix: "part:", limit: 100 });
    await this.ctx.storage.delete([...parts.keys()]);
    const expired = await this.ctx.storage.list({ prefix: "expired:", limit: 100 });
    await this.ctx.storage.delete([...expired.keys()]);
    this.waiting = 0;
  }
}
