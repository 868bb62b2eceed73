import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  async increment(): Promise<number> {
    return this.ctx.blockConcurrencyWhile(async () => { // want "increment stops the whole object for every call"
      const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + 1;
      await this.ctx.storage.put("n", n);
      return n;
    });
  }

  async fetch(request: Request): Promise<Response> {
    const { ctx } = this;
    await ctx.blockConcurrencyWhile(async () => ctx.storage.put("last", request.url)); // want "fetch stops the whole object"
    return new Response("ok");
  }
}
