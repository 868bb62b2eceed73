import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number, reason: string): Promise<void> {
    ws.close(code, reason); // want "code is passed on to close.., which throws when it is 1005 and 1006"
  }
}

export class Lobby extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    if (code === 1006) return;
    ws.close(code); // want "throws when it is 1005"
  }
}

export class Relay extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number, _reason: string, wasClean: boolean): Promise<void> {
    if (wasClean) this.#hangUp(ws, code || 1000);
  }

  #hangUp(ws: WebSocket, status: number): void {
    ws.close(status, "bye"); // want "status is passed on"
  }
}

export class Careful extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    try {
      ws.close(code); // want "The catch hides that"
    } catch {
      console.log("close failed");
    }
  }
}
