import { Server, type Connection } from "partyserver";

export class Room extends Server<Env> {
  onClose(connection: Connection, code: number, reason: string): void {
    connection.close(code, reason); // want "Server then closes the socket by itself, but what follows in onClose does not run"
    this.broadcast("somebody left");
  }
}

// Served by an object of another project, which passes its events on.
export class Sockets {
  readonly #members = new Map<WebSocket, string>();

  constructor(private readonly ctx: DurableObjectState) {}

  onClose = (ws: WebSocket, code: number, reason: string, wasClean: boolean): void => {
    ws.close(code, "goodbye"); // want "code is passed on to close.., which throws when it is 1005 and 1006"
    this.#members.delete(ws);
  };
}

export function handleSocketClosed(socket: WebSocket, closeCode: number): void {
  try {
    socket.close(closeCode); // want "The catch hides that, and the client's close stays unanswered"
  } catch (e) {
    console.warn("close failed", e);
  }
}
