import { DurableObject } from "cloudflare:workers";

export class Carts extends DurableObject<Env> {
  async prices(items: string[]): Promise<number> {
    const prices = await this.ctx.storage.get<number>(items.map((item) => `price:${item}`)); // guard
    let total = 0;
    for (const price of prices.values()) total += price;
    return total;
  }

  async first(items: string[]): Promise<string | undefined> {
    for (const item of items) {
      if (await this.ctx.storage.get(`price:${item}`)) return item; // ok
    }
    return undefined;
  }

  async save(items: string[]): Promise<void> {
    for (const item of items) {
      await this.ctx.storage.put(`price:${item}`, 1); // ok
    }
    for (const item of items) {
      this.ctx.storage.kv.get(`price:${item}`); // ok
    }
  }
}
