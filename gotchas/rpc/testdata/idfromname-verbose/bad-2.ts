import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const id = env.ROOM.idFromName(request.url);
    const room = env.ROOM.get(id); // want "One call, getByName"
    return new Response(await room.hello());
  },
} satisfies ExportedHandler<Env>;
