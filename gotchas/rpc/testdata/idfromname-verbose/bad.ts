export default {
  async fetch(request, env): Promise<Response> {
    const room = new URL(request.url).pathname;
    return env.ROOM.get(env.ROOM.idFromName(room)).fetch(request); // want "getByName, does the same"
  },
} satisfies ExportedHandler<Env>;
