import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server); // want "ChatRoom accepts sockets here but has no webSocketMessage and writes to no socket later"
    server.send("welcome");
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
    this.ctx.acceptWebSocket(socket); // want "Ticker accepts sockets here"
  }

  #publish(text: string): void {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close();
  }
}

export class Board extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async publish(text: string): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }

  static webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void { // want "webSocketMessage looks like the message handler of Board"
    ws.send(message);
  }
}
