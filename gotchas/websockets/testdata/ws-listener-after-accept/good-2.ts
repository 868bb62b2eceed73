import { DurableObject } from "cloudflare:workers";

export class Relay extends DurableObject<Env> {
  async follow(url: string): Promise<void> {
    const response = await fetch(url, { headers: { Upgrade: "websocket" } });
    const upstream = response.webSocket!;
    upstream.accept();
    upstream.addEventListener("message", (event) => this.publish(String(event.data))); // ok
  }

  publish(text: string): void {
    for (const ws of this.ctx.getWebSockets()) {
      try {
        ws.send(text);
      } catch {
        ws.close(1011);
      }
    }
  }
}

export class Plain extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", (event) => server.send(event.data)); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}
