import { DurableObject } from "cloudflare:workers";

export class Tally extends DurableObject<Env> {
  total = 0;

  private async add(n: number): Promise<void> {
    const total = (await this.ctx.storage.get<number>("total")) ?? 0;
    await this.ctx.storage.put("total", total + n);
  }

  async twice(): Promise<void> {
    const first = this.add(1); // want "is started several times"
    const second = this.add(2); // want "is started several times"
    await first;
    await second;
  }

  async loop(all: number[]): Promise<void> {
    for (const n of all) this.ctx.waitUntil(this.add(n)); // want "Every element starts"
  }

  private async bump(n: number): Promise<void> {
    const before = this.total;
    await this.ctx.storage.put("total", before + n);
    this.total = before + n;
  }

  async memory(all: number[]): Promise<void> {
    await Promise.all(all.map((n) => this.bump(n))); // want "read-modify-write of .total."
  }
}
