import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", (event) => this.draw(event.data));
    return new Response(null, { status: 101, webSocket: client });
  }

  draw(data: string | ArrayBuffer): void {
    if (data instanceof ArrayBuffer) { // want "data instanceof ArrayBuffer expects an ArrayBuffer"
      console.log(new Uint8Array(data)[0]); // want "new Uint8Array.data. expects"
    }
  }
}
