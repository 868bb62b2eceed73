import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const user = new URL(request.url).searchParams.get("user") ?? "guest";
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, [`user:${user}`, "room"]); // guard
    return new Response(null, { status: 101, webSocket: client });
  }

  async same(tags: string[]): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ["a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a"]); // ok
    this.ctx.acceptWebSocket(server, tags); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
