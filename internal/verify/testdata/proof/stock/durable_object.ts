import { DurableObject } from "cloudflare:workers";

/** Prices, asked for by other objects. */
export class Prices extends DurableObject<Env> {
  async priceOf(sku: string): Promise<number> {
    return sku.length * 100;
  }

  async noteSale(sku: string, count: number): Promise<void> {
    const sold = (await this.ctx.storage.get<number>(sku)) ?? 0;
    await this.ctx.storage.put(sku, sold + count);
  }

  async sold(sku: string): Promise<number> {
    return (await this.ctx.storage.get<number>(sku)) ?? 0;
  }
}

/** What one shop has of each article. Only storage is awaited between a read and its write. */
export class Stock extends DurableObject<Env> {
  async receive(sku: string, count: number): Promise<number> {
    return await this.change(sku, count);
  }

  async count(sku: string): Promise<number> {
    return (await this.ctx.storage.get<number>(`count:${sku}`)) ?? 0;
  }

  async earned(): Promise<number> {
    return (await this.ctx.storage.get<number>("earned")) ?? 0;
  }

  /** Takes what there is, at today's price. */
  async sell(sku: string, count: number): Promise<{ left: number } | null> {
    const price = await this.prices.priceOf(sku);
    const there = await this.count(sku);
    if (there < count) return null;
    await this.ctx.storage.put(`count:${sku}`, there - count);
    const earned = await this.earned();
    await this.ctx.storage.put("earned", earned + price * count);
    await this.prices.noteSale(sku, count);
    return { left: there - count };
  }

  private async change(sku: string, by: number): Promise<number> {
    const count = (await this.count(sku)) + by;
    await this.ctx.storage.put(`count:${sku}`, count);
    return count;
  }

  private get prices() {
    return this.env.PRICES.getByName("list");
  }
}

const handlers: Record<string, (stub: DurableObjectStub<Stock>, sku: string, count: number, env: Env) => Promise<unknown>> = {
  "PUT": (stub, sku, count) => stub.receive(sku, count),
  "DELETE": (stub, sku, count) => stub.sell(sku, count),
  "GET": async (stub, sku, _count, env) => ({ count: await stub.count(sku), earned: await stub.earned(), sold: await env.PRICES.getByName("list").sold(sku) }),
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const [, shop, sku] = url.pathname.split("/");
    const handler = handlers[request.method];
    if (!handler || !shop || !sku) return new Response("not found", { status: 404 });
    return Response.json(await handler(env.STOCK.getByName(shop), sku, Number(url.searchParams.get("n") ?? 1), env));
  },
};
