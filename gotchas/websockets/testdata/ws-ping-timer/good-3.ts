import { DurableObject } from "cloudflare:workers";

export class Game extends DurableObject<Env> {
  private loop?: ReturnType<typeof setInterval>;

  async webSocketMessage(): Promise<void> {
    this.loop ??= setInterval(() => this.tick(), 50); // ok
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(1000);
    if (this.ctx.getWebSockets().length <= 1) clearInterval(this.loop);
  }

  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  private tick(): void {
    for (const ws of this.ctx.getWebSockets()) ws.send(JSON.stringify({ type: "state" }));
  }
}
