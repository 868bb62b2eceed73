import { DurableObject } from "cloudflare:workers";

export class Rooms extends DurableObject<Env> {
  async either(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    if (new URL(request.url).searchParams.has("game")) {
      server.accept(); // ok
    } else {
      this.ctx.acceptWebSocket(server); // ok
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  async two(): Promise<Response> {
    const first = new WebSocketPair();
    const second = new WebSocketPair();
    first[1].accept();
    this.ctx.acceptWebSocket(second[1]); // ok
    return new Response(null, { status: 101, webSocket: second[0] });
  }
}
