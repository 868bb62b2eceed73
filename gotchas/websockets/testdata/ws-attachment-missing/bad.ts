import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  private userId = "";
  sessions = new Map<WebSocket, { name: string }>();

  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.userId = url.searchParams.get("user") ?? "guest"; // want "this.userId is learned from the request"
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    this.sessions.set(server, { name: this.userId }); // want "this.sessions holds what belongs to the socket"
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const session = this.sessions.get(ws);
    ws.send(`${this.userId} ${session?.name}: ${message}`);
  }
}
