import { DurableObject } from "cloudflare:workers";

export class SoldOut extends Error {}

export class Shop extends DurableObject<Env> {
  async buy(item: string): Promise<void> {
    const left = (await this.ctx.storage.get<number>(item)) ?? 0;
    if (left === 0) throw new SoldOut(item);
    await this.ctx.storage.put(item, left - 1);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const shop = env.SHOP.getByName(request.url);
    try {
      await shop.buy("lamp");
    } catch (error) {
      if (error instanceof SoldOut) return new Response("sold out", { status: 409 }); // want "never an instance of SoldOut"
      throw error;
    }
    const late = await shop.buy("desk").catch((e) => (e instanceof SoldOut ? "sold out" : "failed")); // want "never an instance of SoldOut"
    return new Response(late ?? "bought");
  },
} satisfies ExportedHandler<Env>;
