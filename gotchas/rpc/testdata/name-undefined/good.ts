export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const name = url.searchParams.get("room");
    if (!name) return new Response("?room= is missing", { status: 400 });
    const lobby = url.searchParams.get("lobby") ?? "main";
    await env.LOBBY.getByName(lobby).enter(); // ok
    return env.ROOM.getByName(name).fetch(request); // ok
  },
} satisfies ExportedHandler<Env>;
