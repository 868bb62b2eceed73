export default {
  async fetch(request, env): Promise<Response> {
    const id = env.ROOM.idFromName("berlin", { jurisdiction: "eu" }); // want "idFromName ignores"
    return env.ROOM.get(id).fetch(request);
  },
} satisfies ExportedHandler<Env>;
