export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const room = env.ROOM.getByName(url.searchParams.get("room")!); // want "url.searchParams.get..room.. is null when"
    const tenant = request.headers.get("x-tenant") as string;
    const id = env.TENANT.idFromName(tenant); // want "request.headers.get"
    await env.TENANT.get(id).touch();
    return room.fetch(request);
  },
} satisfies ExportedHandler<Env>;
