import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const value = this.ctx.storage.kv.get<number>("value") ?? 0;
    if (new URL(request.url).pathname === "/increment") this.ctx.storage.kv.put("value", value + 1);
    return Response.json({ value });
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const counter = env.COUNTER.getByName(request.url);
    return counter.fetch("https://counter/increment", { method: "POST" }); // want "could be a call of a method"
  },
} satisfies ExportedHandler<Env>;
