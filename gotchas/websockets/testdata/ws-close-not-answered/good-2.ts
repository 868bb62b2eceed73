import { DurableObject } from "cloudflare:workers";
import { leave } from "./presence";

export class Presence extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(): Promise<void> {}

  async webSocketClose(ws: WebSocket): Promise<void> { // ok
    await leave(ws);
  }
}

export class Plain extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept(); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
