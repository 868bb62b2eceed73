export default {
  async fetch(request, env): Promise<Response> {
    const eu = env.ROOM.jurisdiction("eu"); // guard
    const fresh = env.ROOM.newUniqueId({ jurisdiction: "eu" }); // ok
    await env.ROOM.get(fresh).fetch(request);
    return eu.getByName("berlin", { locationHint: "weur" }).fetch(request); // ok
  },
} satisfies ExportedHandler<Env>;
