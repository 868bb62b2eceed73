import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  private readonly followers = new Map<WebSocket, string>();

  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.followers.set(server, new URL(request.url).pathname); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(ws: WebSocket): void {
    ws.send("pong");
  }

  // Taking out what a wake-up has lost does no harm, and nothing else looks at it.
  webSocketClose(ws: WebSocket, code: number): void {
    this.followers.delete(ws);
    ws.close(code === 1005 || code === 1006 ? 1000 : code);
  }
}
