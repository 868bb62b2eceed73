import { DurableObject } from "cloudflare:workers";

export class Tally extends DurableObject<Env> {
  async import(amounts: number[]): Promise<void> {
    for (const amount of amounts) await this.add(amount); // guard
  }

  async add(amount: number): Promise<void> {
    const total = (await this.ctx.storage.get<number>("total")) ?? 0;
    await this.ctx.storage.put("total", total + amount);
  }

  async keep(items: { id: string }[]): Promise<void> {
    await Promise.all(items.map((item) => this.ctx.storage.put(`item:${item.id}`, item))); // ok
  }

  async touch(ids: string[]): Promise<void> {
    await Promise.all(
      ids.map(async (id) => { // ok
        const seen = (await this.ctx.storage.get<number>(`seen:${id}`)) ?? 0;
        await this.ctx.storage.put(`seen:${id}`, seen + 1);
      }),
    );
  }

  async count(ids: string[]): Promise<void> {
    await Promise.all(ids.map(async () => this.#bump())); // ok
  }

  #bump(): void {
    const { kv } = this.ctx.storage;
    kv.put("n", (kv.get<number>("n") ?? 0) + 1);
  }
}
