import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const room = env.ROOM.getByName(request.url, { locationHint: "eu-west-1" as DurableObjectLocationHint }); // want "is no location hint"
    const options = { locationHint: "weur" };
    const id = env.ROOM.idFromName("lobby-2", options); // want "idFromName takes no location hint"
    return new Response((await room.hello()) + (await env.ROOM.get(id).hello()));
  },
} satisfies ExportedHandler<Env>;
