export default {
  async fetch(request, env): Promise<Response> {
    const stub = env.ROOM.getByName("a");
    if (request.method === "POST") return stub.fetch("/increment", { method: "POST" }); // want "is a path"
    const id = new URL(request.url).pathname.slice(1);
    return stub.fetch(`/items/${id}`); // want "is a path"
  },
} satisfies ExportedHandler<Env>;
