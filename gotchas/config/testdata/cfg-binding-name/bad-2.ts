import { DurableObject, env } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async peers(): Promise<void> {
    const { LOBBY } = this.env;
    await LOBBY.getByName("all").hello(); // want "env.LOBBY is used as a Durable Object namespace, but bad-2.jsonc binds none"
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const id = env.PLACE.idFromName("main"); // want "env.PLACE"
    return env.PLACE.get(id).fetch(request); // want "env.PLACE"
  },
};
