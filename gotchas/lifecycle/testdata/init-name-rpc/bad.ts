import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async init(name: string): Promise<void> {
    await this.ctx.storage.put("name", name);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    if (!name) return new Response("name a room", { status: 404 });
    const room = env.ROOM.getByName(name);
    await room.init(name); // want "init passes the name"
    return room.fetch(request);
  },
} satisfies ExportedHandler<Env>;
