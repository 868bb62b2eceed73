import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const pair = new WebSocketPair();
    this.#listen(pair[1]);
    this.ctx.acceptWebSocket(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  #listen(socket: WebSocket): void {
    socket.addEventListener("error", () => console.log("lost")); // want "calls webSocketError"
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    ws.addEventListener("close", () => console.log("bye")); // want "calls webSocketClose"
  }
}
