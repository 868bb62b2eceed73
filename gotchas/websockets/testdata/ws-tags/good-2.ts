import { DurableObject } from "cloudflare:workers";

export class Tagged extends DurableObject<Env> {
  async same(tags: string[]): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ["a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a"]); // ok
    this.ctx.acceptWebSocket(server, tags); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}

export class Cut extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const asked = new URL(request.url).searchParams.get("topics")?.split(",") ?? [];
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, asked.slice(0, 10)); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
