import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<ChatRoom>;
}

const INIT = { status: 200, headers: { "x-room": "1" } };

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const upgrade = request.headers.get("Upgrade");
    if (upgrade !== "WebSocket") return new Response("expected a WebSocket", { status: 426 }); // want "Clients send .websocket. in lower case"
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    const init: ResponseInit = { status: INIT.status, webSocket: client };
    if (request.url.endsWith("/v1")) return new Response(null, init);
    const old = { status: 200, webSocket: client };
    return new Response(null, old); // want "needs status 101, not 200"
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    url.pathname = "/socket";
    return env.ROOM.getByName("main").fetch(new Request(url)); // want "Nothing in the reviewed code forwards the Upgrade header"
  },
};
