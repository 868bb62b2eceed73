import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // setInterval(() => this.ping(), 30_000) would keep the object in memory.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong")); // guard
  }

  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("expected a WebSocket", { status: 426 });
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async alarm(): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) {
      const seen = this.ctx.getWebSocketAutoResponseTimestamp(ws);
      if (seen && Date.now() - seen.getTime() > 90_000) ws.close(1001, "gone");
    }
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    ws.send(message);
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(1000);
  }

  async slow(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50)); // ok
  }
}
