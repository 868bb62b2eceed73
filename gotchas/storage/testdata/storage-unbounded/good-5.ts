import { DurableObject } from "cloudflare:workers";

export class Limiter extends DurableObject<Env> {
  async check(ip: string): Promise<boolean> {
    const used = (await this.ctx.storage.get<number>(`rate:${ip}`)) ?? 0;
    await this.ctx.storage.put(`rate:${ip}`, used + 1); // ok
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
    return used < 10;
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll(); // guard
  }
}

export class Settings extends DurableObject<Env> {
  async fill(values: string[]): Promise<void> {
    for (const [i, value] of values.entries()) await this.ctx.storage.put(`value:${i}`, value); // ok
    await this.ctx.storage.put("count", values.length + 1); // ok
  }
}
