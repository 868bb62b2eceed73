import { DurableObject } from "cloudflare:workers";

class BadRequest extends Error {}

export class SoldOut extends Error {
  override name = "SoldOut";
}

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
      const item = new URL(request.url).hash;
      if (item === "") throw new BadRequest("buy what?");
      await shop.buy(item);
    } catch (error) {
      if (error instanceof BadRequest) return new Response(error.message, { status: 400 }); // ok
      if (error instanceof TypeError) return new Response("broken", { status: 500 }); // ok
      if (error instanceof Error && error.name === "SoldOut") return new Response("sold out", { status: 409 }); // ok
      throw error;
    }
    return new Response("bought");
  },
} satisfies ExportedHandler<Env>;
