import { DurableObject } from "cloudflare:workers";

export { User } from "./user";

class ChatRoom extends DurableObject<Env> {}

export { ChatRoom as Room };

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.ROOM.getByName("main").fetch(request);
  },
};
