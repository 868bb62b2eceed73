import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server); // want "ChatRoom accepts sockets here but has neither"
    return new Response(null, { status: 101, webSocket: client });
  }

  // async webSocketMessage(ws: WebSocket, message: string) {}
}

export class Ticker extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const pair = new WebSocketPair();
    this.#admit(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  #admit(socket: WebSocket): void {
    this.ctx.acceptWebSocket(socket); // want "Ticker accepts sockets but has no webSocketMessage"
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close();
  }
}
