import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.addEventListener("message", (event) => { // want ".message. listener is never called: the platform calls webSocketMessage"
      server.send(event.data);
    });
    server.addEventListener("close", () => this.left()); // want "calls webSocketClose instead"
    return new Response(null, { status: 101, webSocket: client });
  }

  left(): void {
    console.log("left");
  }
}
