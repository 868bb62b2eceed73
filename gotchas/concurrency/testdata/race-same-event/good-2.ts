import { DurableObject } from "cloudflare:workers";

export class Tally extends DurableObject<Env> {
  private async add(n: number): Promise<void> {
    const total = (await this.ctx.storage.get<number>("total")) ?? 0;
    await this.ctx.storage.put("total", total + n);
  }

  async twice(): Promise<void> {
    const first = this.add(1); // ok
    await first;
    const second = this.add(2); // ok
    await second;
  }

  async either(more: boolean): Promise<void> {
    if (more) return this.add(2); // ok
    return this.add(1); // ok
  }

  async loop(all: number[]): Promise<void> {
    for (const n of all) {
      const one = this.add(n); // ok
      await one;
    }
  }
}
