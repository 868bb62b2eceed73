import { DurableObject } from "cloudflare:workers";

const TOPICS = ["joins", "lines", "typing", "polls", "votes", "files", "calls", "hands", "pins", "stars"];

export class Room extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { 0: client, 1: server } = new WebSocketPair();
    if (url.pathname === "/all") this.#accept(server, ["all", ...TOPICS]);
    else this.ctx.acceptWebSocket(server, url.searchParams.getAll("topic")); // want "as many tags as the client names in url.searchParams.getAll"
    return new Response(null, { status: 101, webSocket: client });
  }

  #accept(socket: WebSocket, tags: string[]): void {
    this.ctx.acceptWebSocket(socket, tags); // want "11 tags are given"
  }

  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    this.ctx.acceptWebSocket(ws, [message]); // want "ws is accepted already, so this call throws"
  }

  regroup(): void {
    for (const socket of this.ctx.getWebSockets()) this.ctx.acceptWebSocket(socket, ["all"]); // want "socket is accepted already"
  }
}
