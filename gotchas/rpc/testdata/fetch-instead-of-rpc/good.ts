import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  increment(): number {
    const value = (this.ctx.storage.kv.get<number>("value") ?? 0) + 1;
    this.ctx.storage.kv.put("value", value);
    return value;
  }

  async fetch(request: Request): Promise<Response> {
    return new Response(request.body);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const counter = env.COUNTER.getByName(request.url);
    if (request.method === "PUT") return counter.fetch(request); // ok
    return Response.json({ value: await counter.increment() });
  },
} satisfies ExportedHandler<Env>;
