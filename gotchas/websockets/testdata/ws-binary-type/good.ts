import { DurableObject } from "cloudflare:workers";

export class Relay extends DurableObject<Env> {
  async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer"; // guard
    socket.addEventListener("message", ({ data }) => {
      this.received(typeof data === "string" ? data : new TextDecoder().decode(data)); // ok
    });
  }

  private received(text: string): void {
    for (const ws of this.ctx.getWebSockets()) ws.send(text);
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const text = typeof message === "string" ? message : new TextDecoder().decode(message); // ok
    ws.send(text);
  }
}
