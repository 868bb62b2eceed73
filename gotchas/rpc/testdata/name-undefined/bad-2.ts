import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const first = env.ROOM.getByName(`eu:${url.searchParams.get("room")}`); // want "is null when the request does not have it"
    const { room } = Object.fromEntries(url.searchParams);
    const second = env.ROOM.getByName(room); // want "is null when the request does not have it"
    return new Response((await first.hello()) + (await second.hello()));
  },
} satisfies ExportedHandler<Env>;
