import { DurableObject } from "cloudflare:workers";

export class Shard extends DurableObject<Env> {
  publish(text: string): boolean {
    this.ctx.storage.kv.put(`news:${Date.now()}`, text);
    return true;
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const text = await request.text();
    const shards = ["a", "b", "c"].map((name) => env.SHARD.getByName(name));
    for (const shard of shards) shard.publish(text); // want "publish is not awaited"
    shards.forEach((shard) => shard.publish(text)); // want "not awaited and nothing catches"
    shards[0].publish(text).then(() => console.log("published")); // want "not awaited and nothing catches"
    void env.SHARD.getByName("d").publish(text); // want "not awaited and nothing catches"
    const done = env.SHARD.getByName("e").publish(text); // want "takes it for the result"
    return new Response(done ? "done" : "failed");
  },
} satisfies ExportedHandler<Env>;
