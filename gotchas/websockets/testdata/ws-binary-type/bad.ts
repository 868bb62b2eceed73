import { DurableObject } from "cloudflare:workers";

export class Relay extends DurableObject<Env> {
  private feed?: WebSocket;

  async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.addEventListener("message", ({ data }) => {
      this.received(typeof data === "string" ? data : new TextDecoder().decode(data)); // want "new TextDecoder...decode.data. expects an ArrayBuffer"
    });
    this.feed = socket;
  }

  private received(text: string): void {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const text = typeof message === "string" ? message : await (message as unknown as Blob).text(); // want "treats the message as a Blob"
    this.feed?.send(text);
  }
}
