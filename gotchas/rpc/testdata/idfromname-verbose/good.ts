export default {
  async fetch(request, env): Promise<Response> {
    const room = new URL(request.url).pathname;
    const id = env.ROOM.idFromName(room);
    console.log(id.toString());
    await env.ROOM.get(id).touch(); // ok
    return env.ROOM.getByName(room).fetch(request); // ok
  },
} satisfies ExportedHandler<Env>;
