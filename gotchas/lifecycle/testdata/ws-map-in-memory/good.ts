import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  #sessions = new Map<WebSocket, string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.getWebSockets().forEach((ws) => this.#sessions.set(ws, ws.deserializeAttachment())); // guard
  }

  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(request.url);
    this.#sessions.set(server, request.url); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(ws: WebSocket, message: string): void {
    for (const peer of this.#sessions.keys()) if (peer !== ws) peer.send(message);
  }
}
