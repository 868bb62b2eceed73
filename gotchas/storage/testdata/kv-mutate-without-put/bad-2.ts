import { DurableObject } from "cloudflare:workers";

interface Cart {
  lines: string[];
  total: number;
  seen?: number;
}

export class Carts extends DurableObject<Env> {
  async add(cents: number): Promise<number> {
    const cart = await this.load();
    cart.total += cents; // want "cart is a copy"
    return cart.total;
  }

  async clear(): Promise<void> {
    const cart = await this.ctx.storage.get<Cart>("cart");
    if (cart) cart.lines.length = 0; // want "cart is a copy"
  }

  async rename(from: string, to: string): Promise<void> {
    const names = (await this.ctx.storage.get<Map<string, string>>("names")) ?? new Map();
    names.delete(from); // want "names is a copy"
    console.log(to);
  }

  private async load(): Promise<Cart> {
    return (await this.ctx.storage.get<Cart>("cart")) ?? { lines: [], total: 0 };
  }
}
