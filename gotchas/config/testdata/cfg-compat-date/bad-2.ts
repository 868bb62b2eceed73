import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async count(): Promise<number> {
    return 1;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const id = env.ROOM.idFromName("main");
    const stub = env.ROOM.get(id);
    if (request.method === "POST") return stub.fetch(request);
    return Response.json(await stub.count());
  },
};
