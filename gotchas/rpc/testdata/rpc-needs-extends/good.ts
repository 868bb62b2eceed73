import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> { // guard
  async increment(): Promise<number> {
    const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    return Response.json(await env.COUNTER.getByName("visits").increment());
  },
} satisfies ExportedHandler<Env>;
