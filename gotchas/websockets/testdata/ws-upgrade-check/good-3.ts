import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<ChatRoom>;
}

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") return new Response("2 are here");
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    const init: ResponseInit = { status: 101, webSocket: client };
    return new Response(null, init); // ok
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stub = env.ROOM.getByName("main");
    const { pathname } = new URL(request.url);
    if (pathname === "/count") return stub.fetch("https://room/count"); // ok
    return stub.fetch(request); // ok
  },
};
