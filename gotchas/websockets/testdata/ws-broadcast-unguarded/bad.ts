import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (message === "bye") return ws.close(1000);
    for (const peer of this.ctx.getWebSockets()) {
      if (peer !== ws) peer.send(message); // want "Line 5 closes sockets, which are listed until the client answers: meanwhile this send throws out of the loop of line 6"
    }
  }

  async announce(text: string): Promise<void> {
    this.ctx.getWebSockets("members").forEach((ws) => ws.send(text)); // want "remaining sockets get nothing"
  }

  async once(text: string): Promise<void> {
    try {
      for (const ws of this.ctx.getWebSockets()) {
        ws.send(text); // want "leaves the loop of line 17 for the catch around it"
      }
    } catch (error) {
      console.error(error);
    }
  }

  async helped(text: string): Promise<void> {
    const sockets = this.ctx.getWebSockets();
    for (const ws of sockets) this.#say(ws, text);
  }

  #say(ws: WebSocket, text: string): void {
    ws.send(text); // want "throws out of the loop of line 27"
  }
}
