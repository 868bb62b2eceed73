import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  sessions = new Map<WebSocket, string>();

  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.sessions.set(server, request.url); // want "line 14 works without the sockets"
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_ws: WebSocket, message: string): void {
    for (const peer of this.sessions.keys()) peer.send(message);
  }
}
