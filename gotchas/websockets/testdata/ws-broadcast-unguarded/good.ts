import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    for (const peer of this.ctx.getWebSockets()) {
      try { // guard
        peer.send(message); // ok
      } catch {
        peer.close(1011, "unreachable");
      }
    }
    ws.send("done"); // ok
  }

  async announce(text: string): Promise<void> {
    this.ctx.getWebSockets().forEach((ws) => this.#say(ws, text));
  }

  #say(ws: WebSocket, text: string): void {
    try {
      ws.send(text); // ok
    } catch (error) {
      console.warn("for (const ws of getWebSockets()) ws.send()", error);
    }
  }

  async open(text: string): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) {
      if (ws.readyState !== WebSocket.OPEN) continue;
      ws.send(text); // ok
    }
  }

  async burst(ws: WebSocket, lines: string[]): Promise<void> {
    for (const line of lines) ws.send(line); // ok
  }
}
