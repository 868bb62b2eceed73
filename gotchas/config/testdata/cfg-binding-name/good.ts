import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    // env.ROOMS.getByName("main") would be undefined.
    const cached = await env.CACHE.get("page"); // ok
    if (cached) return new Response(cached);
    if (env.DEBUG) await env.DEBUG.getByName("main").fetch(request.clone()); // ok
    const { ROOM: rooms } = env;
    return rooms.getByName("main").fetch(request); // ok
  },
};
