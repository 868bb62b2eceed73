import { DurableObject } from "cloudflare:workers";

export class Basket extends DurableObject<Env> {
  add(item: string): void {
    this.ctx.storage.kv.put(`item:${item}`, 1);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const basket = env.BASKET.get(env.BASKET.newUniqueId()); // want "never found again"
    await basket.add(await request.text());

    const id = env.BASKET.newUniqueId({ jurisdiction: "eu" }); // want "never found again"
    const second = env.BASKET.get(id);
    await second.add("lamp");
    return new Response("added");
  },
} satisfies ExportedHandler<Env>;
