import { DurableObject } from "cloudflare:workers";

export class Named extends DurableObject<Env> {
  room?: string;
  lastPath = "";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.room = ctx.storage.kv.get<string>("room");
  }

  async fetch(request: Request): Promise<Response> {
    const room = new URL(request.url).searchParams.get("room") ?? "main";
    this.room = room; // ok
    this.ctx.storage.kv.put("room", room);
    this.lastPath = request.url; // ok
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, [room]);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    ws.send(`${this.room}: ${message}`);
  }
}

export class Rebuilt extends DurableObject<Env> {
  users = new Map<WebSocket, string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    for (const ws of ctx.getWebSockets()) this.users.set(ws, ctx.getTags(ws)[0] ?? "guest");
  }

  async fetch(request: Request): Promise<Response> {
    const user = request.headers.get("x-user") ?? "guest";
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, [user]);
    this.users.set(server, user); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket): Promise<void> {
    ws.send(this.users.get(ws) ?? "?");
  }
}

export class Plain extends DurableObject<Env> {
  users = new Map<WebSocket, string>();

  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    this.users.set(server, request.url); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
