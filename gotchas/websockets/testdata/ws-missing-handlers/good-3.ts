import { DurableObject } from "cloudflare:workers";

// Clients only listen.
export class Ticker extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server); // ok
    server.send("welcome");
    return new Response(null, { status: 101, webSocket: client });
  }

  async publish(text: string): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close();
  }
}
