import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async greet(): Promise<string> {
    return `This is ${this.ctx.id.name ?? "a room without a name"}.`;
  }

  async setUp(owner: string): Promise<void> {
    await this.ctx.storage.put("owner", owner);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    if (!name) return new Response("name a room", { status: 404 });
    const room = env.ROOM.getByName(name);
    await room.setUp("somebody"); // ok
    return new Response(await room.greet());
  },
} satisfies ExportedHandler<Env>;
