export default {
  async fetch(request, env): Promise<Response> {
    const stub = env.ROOM.getByName("a");
    if (request.method === "POST") return stub.fetch("https://room/increment", { method: "POST" }); // guard
    if (request.headers.get("Upgrade")) return stub.fetch(request); // ok
    return stub.fetch(new Request(new URL("/items", request.url), request)); // ok
  },
} satisfies ExportedHandler<Env>;
