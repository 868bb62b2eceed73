import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async count(): Promise<number> {
    return 1;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return Response.json(await env.ROOM.getByName("main").count());
  },
};
