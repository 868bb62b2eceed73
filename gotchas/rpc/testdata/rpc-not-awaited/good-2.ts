import { DurableObject } from "cloudflare:workers";

export class Shard extends DurableObject<Env> {
  publish(text: string): boolean {
    this.ctx.storage.kv.put(`news:${Date.now()}`, text);
    return true;
  }

  async pass(text: string): Promise<void> {
    void this.env.SHARD.getByName("next").publish(text); // ok
    this.env.SHARD.getByName("next").publish(text).catch((error) => console.warn(error)); // ok
  }
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const text = await request.text();
    const shards = ["a", "b", "c"].map((name) => env.SHARD.getByName(name));
    const all = shards.map((shard) => shard.publish(text)); // ok
    ctx.waitUntil(shards[0].publish(text)); // ok
    const done = env.SHARD.getByName("e").publish(text); // ok
    await Promise.all(all);
    return new Response((await done) ? "done" : "failed");
  },
} satisfies ExportedHandler<Env>;
