import { DurableObject } from "cloudflare:workers";

export class Table extends DurableObject<Env> {
  private seats: Record<string, WebSocket> = {};
  private watchers: WebSocket[] = [];
  private dealer?: WebSocket;

  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    const seat = new URL(request.url).searchParams.get("seat");
    if (seat === "dealer") this.dealer = server; // want "dealer is filled only here"
    else if (seat) this.seats[seat] = server; // want "seats is filled only here"
    else this.watchers = [...this.watchers, server]; // want "watchers is filled only here"
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_ws: WebSocket, message: string): void {
    this.dealer?.send(message);
    for (const ws of Object.values(this.seats)) ws.send(message);
    this.watchers.forEach((ws) => ws.send(message));
  }
}
