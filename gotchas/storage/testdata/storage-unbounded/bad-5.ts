import { DurableObject } from "cloudflare:workers";

export class Limiter extends DurableObject<Env> {
  private seq = 0;

  async check(ip: string): Promise<boolean> {
    const used = (await this.ctx.storage.get<number>(`rate:${ip}`)) ?? 0;
    await this.ctx.storage.put(`rate:${ip}`, used + 1); // want "names something that passes"
    return used < 10;
  }

  async note(text: string): Promise<void> {
    const next = (await this.ctx.storage.get<number>("next")) ?? 0;
    await this.ctx.storage.put(`line-${next}`, text); // want "is counted up"
    await this.ctx.storage.put("next", next + 1); // ok
  }
}
