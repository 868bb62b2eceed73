import { DurableObject } from "cloudflare:workers";

export class Order extends DurableObject<Env> {
  status(): string {
    return this.ctx.storage.kv.get<string>("status") ?? "unknown";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const text = url.searchParams.get("order");
    if (!text) return new Response("which order?", { status: 400 });
    const order = env.ORDER.get(env.ORDER.idFromString(text)); // want "text comes from the request"
    return new Response(await order.status());
  },
} satisfies ExportedHandler<Env>;
