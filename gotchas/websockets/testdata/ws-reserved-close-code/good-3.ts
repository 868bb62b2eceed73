import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number, reason: string): Promise<void> {
    try {
      ws.close(code, reason); // guard
    } catch {
      ws.close();
    }
  }

  kick(id: string): void {
    for (const ws of this.ctx.getWebSockets(id)) closeWith(ws, 4001);
  }
}

function closeWith(socket: WebSocket, code: number): void {
  socket.close(code, "removed"); // ok
}

// The code is the caller's own choice.
export function closePolitely(socket: WebSocket, code: number): void {
  socket.close(code); // ok
}
