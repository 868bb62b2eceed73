import { DurableObject } from "cloudflare:workers";

export class Table extends DurableObject<Env> {
  private seats = new Map<string, WebSocket>();
  private spoken = new Map<WebSocket, number>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const open = ctx.getWebSockets();
    open.forEach((ws) => this.seat(ws, ws.deserializeAttachment() as string));
  }

  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(request.url);
    this.seat(server, request.url);
    this.spoken.set(server, 0); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  private seat(ws: WebSocket, name: string): void {
    this.seats.set(name, ws); // ok
  }

  // Who is not in the list yet is put there.
  webSocketMessage(ws: WebSocket, message: string): void {
    const times = this.spoken.get(ws) ?? 0;
    this.spoken.set(ws, times + 1); // ok
    if (times > 100) return;
    for (const other of this.seats.values()) other.send(message);
  }
}
