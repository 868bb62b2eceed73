import { DurableObject } from "cloudflare:workers";

const PING = "__ping__";

export class Desk extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    switch (message) {
      case "ping": // want "Each .ping. from a client wakes Desk"
        ws.send("pong");
        return;
      default:
        ws.send("?");
    }
  }
}

export class Hall extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    if (this.#alive(ws, message)) return;
    ws.send(message);
  }

  #alive(socket: WebSocket, text: string): boolean {
    if (text.trim() !== PING) return false; // want "Each .__ping__. from a client"
    socket.send("ok");
    return true;
  }
}
