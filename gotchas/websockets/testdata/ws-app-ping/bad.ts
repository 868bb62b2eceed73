import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (message === "ping") { // want "Each .ping. from a client wakes ChatRoom"
      ws.send("pong");
      return;
    }
    ws.send(message);
  }
}

export class Feed extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const text = message.toString();
    if ("heartbeat" == text) return; // want "Each .heartbeat."
    ws.send(text);
  }
}
