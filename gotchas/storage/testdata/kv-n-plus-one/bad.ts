import { DurableObject } from "cloudflare:workers";

export class Carts extends DurableObject<Env> {
  async prices(items: string[]): Promise<number> {
    let total = 0;
    for (const item of items) {
      total += (await this.ctx.storage.get<number>(`price:${item}`)) ?? 0; // want "in each round of the loop on line 6"
    }
    return total;
  }
}
