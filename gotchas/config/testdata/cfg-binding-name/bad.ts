import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {}
export class User extends DurableObject<Env> {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stub = env.ROOMS.getByName("main"); // want "env.ROOMS is used as a Durable Object namespace, but bad.jsonc binds only ROOM"
    return stub.fetch(request);
  },
};
