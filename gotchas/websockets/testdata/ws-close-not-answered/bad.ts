import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    ws.send(message);
  }

  async webSocketClose(ws: WebSocket): Promise<void> { // want "webSocketClose of ChatRoom never calls close"
    // ws.close() would answer.
    this.#announce("somebody left");
  }

  #announce(text: string): void {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }
}
