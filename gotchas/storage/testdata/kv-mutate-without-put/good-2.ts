import { DurableObject } from "cloudflare:workers";

interface Cart {
  lines: string[];
  total: number;
  seen?: number;
}

export class Carts extends DurableObject<Env> {
  async add(cents: number): Promise<number> {
    const cart = await this.load();
    cart.total += cents; // ok
    await this.save(cart); // guard
    return cart.total;
  }

  async show(): Promise<Cart> {
    const cart = await this.load();
    cart.seen = Date.now(); // ok
    return cart;
  }

  async recent(line: string): Promise<void> {
    const lines = (await this.ctx.storage.get<string[]>("recent")) ?? [];
    lines.push(line); // ok
    await this.ctx.storage.put("recent", lines.slice(-10)); // guard
  }

  private async load(): Promise<Cart> {
    return (await this.ctx.storage.get<Cart>("cart")) ?? { lines: [], total: 0 };
  }

  private async save(cart: Cart): Promise<void> {
    await this.ctx.storage.put("cart", cart);
  }
}
