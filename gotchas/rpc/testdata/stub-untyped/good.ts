import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<Room>; // ok
  FILES: DurableObjectNamespace; // ok
}

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    if (request.method === "PUT") return env.FILES.getByName(request.url).fetch(request);
    return new Response(await env.ROOM.getByName(request.url).hello());
  },
} satisfies ExportedHandler<Env>;
