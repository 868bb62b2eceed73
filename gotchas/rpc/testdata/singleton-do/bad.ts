export default {
  async fetch(request, env): Promise<Response> {
    const limiter = env.LIMITER.getByName("global"); // want "goes to the one object .global."
    await limiter.hit(request.headers.get("cf-connecting-ip") ?? "");
    const id = env.ROOMS.idFromName("main"); // want "goes to the one object .main."
    return env.ROOMS.get(id).fetch(request);
  },
} satisfies ExportedHandler<Env>;

const app = new Hono<{ Bindings: Env }>();
const LOBBY = "everyone";
app.post("/enter", async (c) => c.json(await c.env.LOBBY.getByName(LOBBY).enter())); // want "the one object .everyone."
