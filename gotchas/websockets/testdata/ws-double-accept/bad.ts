import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    this.ctx.acceptWebSocket(server); // want "server was already accepted on line 6"
    return new Response(null, { status: 101, webSocket: client });
  }

  async watch(): Promise<Response> {
    const pair = new WebSocketPair();
    this.ctx.acceptWebSocket(pair[0]);
    return new Response(null, { status: 101, webSocket: pair[0] }); // want "pair.0. was accepted on line 13 and is handed back"
  }

  async late(): Promise<Response> {
    const pair = new WebSocketPair();
    const server = pair[1];
    this.ctx.acceptWebSocket(server);
    this.#start(server);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  #start(ws: WebSocket): void {
    ws.accept(); // want "ws was already accepted on line 20"
  }
}
