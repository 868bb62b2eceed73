import { DurableObject } from "cloudflare:workers";

interface ChatEvent {
  kind: string;
}

export class ChatRoom extends DurableObject<Env> {
  sessions = new Map<WebSocket, string>();

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const reply = { kind: "echo", message };
    ws.send(reply as any); // want "reply is an object, which send"
  }

  broadcast(event: ChatEvent): void {
    for (const ws of this.ctx.getWebSockets()) {
      try {
        ws.send(event as any); // want "event is an object of type ChatEvent"
      } catch {}
    }
    this.sessions.forEach((name, socket: any) => {
      socket.send({ name }); // want "is an object"
    });
  }

  async history(ws: any): Promise<void> {
    ws.send(this.ctx.storage.sql.exec("SELECT body FROM messages LIMIT 50").toArray()); // want "an array of rows"
  }
}
