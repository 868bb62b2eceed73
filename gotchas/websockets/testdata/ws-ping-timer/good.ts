import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // setInterval(() => this.ping(), 30_000) would keep the object in memory.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong")); // guard
  }

  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async alarm(): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) {
      const seen = this.ctx.getWebSocketAutoResponseTimestamp(ws);
      if (seen && Date.now() - seen.getTime() > 90_000) ws.close(1001, "gone");
    }
  }

  async slow(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50)); // ok
  }
}

export class Loop extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    setInterval(() => server.send("tick"), 50); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
