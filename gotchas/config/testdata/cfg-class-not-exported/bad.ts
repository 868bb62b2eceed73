import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {}

export class User extends DurableObject<Env> {}

class Log extends DurableObject<Env> {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.ROOM.getByName("main").fetch(request);
  },
};
