import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<ChatRoom>;
}

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const pair = new WebSocketPair();
    this.ctx.acceptWebSocket(pair[1]);
    if (request.url.endsWith("/v1")) {
      return new Response(null, { webSocket: pair[0] }); // want "needs status 101; without it"
    }
    return new Response(null, { status: 200, webSocket: pair[0] }); // want "needs status 101, not 200"
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("expected a WebSocket", { status: 426 });
    const stub = env.ROOM.getByName("main");
    if (request.method === "POST") return stub.fetch(request.url); // want "request.url carries only the address"
    return stub.fetch(new Request("https://room/socket")); // want "the Upgrade header that was checked here does not reach the object"
  },
};
