import { DurableObject } from "cloudflare:workers";

// The socket is closed where the request is refused.
export class Closed extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server); // ok
    const id = request.headers.get("x-player");
    if (!id) {
      server.close(1008, "who are you?");
      return new Response(null, { status: 101, webSocket: client });
    }
    server.serializeAttachment({ id });
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) {
      const player = ws.deserializeAttachment() as { id: string } | null;
      if (player) ws.send(player.id);
    }
  }
}

// Every message names its room, so the field is set anew before it is read.
export class PerMessage extends DurableObject<Env> {
  room = "";

  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.room = new URL(request.url).pathname; // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    this.room = (JSON.parse(message) as { room: string }).room;
    ws.send(this.room);
  }
}

// What is missing after waking up is read from storage.
export class Lazy extends DurableObject<Env> {
  owner?: string;

  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.owner = request.headers.get("x-owner") ?? "nobody"; // ok
    await this.ctx.storage.put("owner", this.owner);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket): Promise<void> {
    if (!this.owner) this.owner = await this.stored();
    ws.send(this.owner ?? "nobody");
  }

  private async stored(): Promise<string | undefined> {
    return this.ctx.storage.get<string>("owner");
  }
}
