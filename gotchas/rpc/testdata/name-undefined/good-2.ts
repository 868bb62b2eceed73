import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const first = env.ROOM.getByName(`eu:${url.searchParams.get("room") ?? "lobby"}`); // ok
    const { room = "lobby", floor } = Object.fromEntries(url.searchParams);
    if (!floor) return new Response("which floor?", { status: 400 });
    const second = env.ROOM.getByName(room); // ok
    const third = env.ROOM.getByName(`${room}/${floor}`); // ok
    return new Response((await first.hello()) + (await second.hello()) + (await third.hello()));
  },
} satisfies ExportedHandler<Env>;
