import { DurableObject } from "cloudflare:workers";

const UNSENDABLE = new Set([1004, 1005, 1006, 1015]);

export class ChatRoom extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number, reason: string): Promise<void> {
    ws.close(UNSENDABLE.has(code) ? 1000 : code, reason); // guard
  }
}

export class Lobby extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(); // guard
  }
}

export class Table extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    console.log(`closed with ${code}; ws.close(code) would throw`);
    ws.close(1000, "closed"); // guard
  }
}
