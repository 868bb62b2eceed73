export default {
  async fetch(request, env): Promise<Response> {
    const ip = request.headers.get("cf-connecting-ip") ?? "unknown";
    await env.LIMITER.getByName(ip).hit(ip); // guard
    const shard = Math.floor(Math.random() * 8);
    await env.COUNTER.getByName(`shard-${shard}`).add(1); // ok
    const flags = await env.CONFIG.getByName("flags").read(); // ok
    return Response.json(flags);
  },
  async scheduled(_event, env): Promise<void> {
    await env.ROOMS.getByName("sweeper").run(); // ok
  },
} satisfies ExportedHandler<Env>;
