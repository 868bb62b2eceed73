import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    request.signal.addEventListener("abort", () => console.log("aborted")); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> { // guard
    ws.send(message);
  }

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
