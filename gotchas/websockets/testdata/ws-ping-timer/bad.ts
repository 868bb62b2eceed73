import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setInterval(() => this.#ping(), 30_000); // want "This setInterval writes to the sockets of ChatRoom"
  }

  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    setInterval(() => server.send("ping"), 30_000); // want "keeps it in memory"
    return new Response(null, { status: 101, webSocket: client });
  }

  #ping(): void {
    for (const ws of this.ctx.getWebSockets()) ws.send("ping");
  }
}
