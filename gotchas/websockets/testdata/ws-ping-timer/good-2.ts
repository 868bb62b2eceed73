import { DurableObject } from "cloudflare:workers";

export class Loop extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    setInterval(() => server.send("tick"), 50); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
