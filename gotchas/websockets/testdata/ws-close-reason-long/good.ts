import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    try {
      JSON.parse(String(message));
    } catch (error) {
      ws.send((error as Error).message);
      ws.close(1007, "not JSON"); // guard
    }
  }

  async webSocketError(ws: WebSocket, error: unknown): Promise<void> {
    ws.close(1011, String(error).slice(0, 100)); // ok
  }
}
