import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    const jurisdiction = "eu";
    const options = { jurisdiction };
    const id = env.ROOM.idFromName("lobby-2", options); // want "idFromName ignores the jurisdiction"
    const other = env.ROOM.getByName("lobby-3", { ["jurisdiction"]: "us" }); // want "getByName ignores the jurisdiction"
    return new Response((await env.ROOM.get(id).hello()) + (await other.hello()));
  },
} satisfies ExportedHandler<Env>;
