import { DurableObject } from "cloudflare:workers";

type Player = { id: string };

export class Game extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server); // want "accepted before line 11 may refuse the request; then it stays in getWebSockets.. without an attachment, and line 19 fails"

    const id = request.headers.get("x-player");
    if (!id) return new Response("who are you?", { status: 400 });
    server.serializeAttachment({ id });
    this.tell("joined", id);
    return new Response(null, { status: 101, webSocket: client });
  }

  private tell(text: string, except: string): void {
    for (const ws of this.ctx.getWebSockets()) {
      const { id } = ws.deserializeAttachment() as Player;
      if (id !== except) ws.send(text);
    }
  }
}

export class Board extends DurableObject<Env> {
  clients: { socket: WebSocket; name: string }[] = [];
  topic = "all";

  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const name = url.searchParams.get("name") ?? "guest";
    this.clients.push({ socket: server, name }); // want "this.clients holds what belongs to the socket"
    this.topic = url.pathname; // want "this.topic is learned from the request here"
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    const from = this.clients.find((c) => c.socket === ws);
    if (message.startsWith("/topic ")) this.topic = message.slice(7);
    else ws.send(`${this.topic} ${from?.name}: ${message}`);
  }
}
