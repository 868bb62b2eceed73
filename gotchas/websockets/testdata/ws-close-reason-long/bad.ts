import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    try {
      JSON.parse(String(message));
    } catch (error) {
      ws.close(1007, (error as Error).message); // want "can be longer than 123 bytes"
    }
  }

  async webSocketError(ws: WebSocket, error: unknown): Promise<void> {
    ws.close(1011, `failed: ${String(error)}`); // want "can be longer than 123 bytes"
  }

  async full(ws: WebSocket): Promise<void> {
    ws.close(1013, "This room is full at the moment, because every place is taken and nobody has left it for a while; please come back later and try again."); // want "This reason is 13. bytes long"
  }
}
