import { DurableObject } from "cloudflare:workers";

export class Basket extends DurableObject<Env> {
  add(item: string): void {
    this.ctx.storage.kv.put(`item:${item}`, 1);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const id = env.BASKET.newUniqueId(); // guard
    await env.BASKET.get(id).add(await request.text());
    const other = env.BASKET.get(env.BASKET.newUniqueId()); // ok
    await other.add("lamp");
    return Response.json({ basket: id.toString(), other: other.id.toString() });
  },
} satisfies ExportedHandler<Env>;
