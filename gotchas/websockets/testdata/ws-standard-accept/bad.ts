import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept(); // want "ChatRoom accepts server with accept"
    server.addEventListener("message", (event) => this.broadcast(String(event.data)));
    return new Response(null, { status: 101, webSocket: client });
  }

  broadcast(text: string): void {
    console.log(text);
  }
}
