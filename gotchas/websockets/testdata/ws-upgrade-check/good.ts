import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<ChatRoom>;
}

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") { // guard
      return new Response("expected a WebSocket", { status: 426 });
    }
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client }); // ok
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    ws.send(message);
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(1000);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stub = env.ROOM.getByName("main");
    if (request.headers.get("upgrade") === "websocket") {
      return stub.fetch(new Request("https://room/socket", request)); // ok
    }
    return stub.fetch(request); // ok
  },
};
