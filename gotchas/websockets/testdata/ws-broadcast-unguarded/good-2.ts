import { DurableObject } from "cloudflare:workers";

// It closes a socket only when that has closed itself, and leaves it out.
export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    this.tell(message, ws);
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(1000);
    this.tell("somebody left", ws);
  }

  private tell(message: string | ArrayBuffer, except: WebSocket): void {
    for (const ws of this.ctx.getWebSockets()) {
      if (ws === except) continue;
      ws.send(message); // ok
    }
  }
}

export class Feed extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket): Promise<void> {
    for (const other of this.ctx.getWebSockets()) other.send("somebody leaves"); // ok
    ws.close(1000);
  }
}
