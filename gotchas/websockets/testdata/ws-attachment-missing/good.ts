import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("expected a WebSocket", { status: 426 });
    const user = new URL(request.url).searchParams.get("user") ?? "guest";
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ user }); // guard
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const { user } = ws.deserializeAttachment() as { user: string };
    ws.send(`${user}: ${message}`);
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(1000);
  }
}
