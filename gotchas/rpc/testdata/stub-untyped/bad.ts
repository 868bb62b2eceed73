import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace; // want "nothing checks their names"
}

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    return new Response(await env.ROOM.getByName(request.url).hello());
  },
} satisfies ExportedHandler<Env>;
