export class Lobby implements DurableObject {
  #room: string | null = null;

  constructor(private readonly state: DurableObjectState) {}

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    return this.#admit(pathname.slice(1));
  }

  #admit(room: string): Response {
    const pair = new WebSocketPair();
    this.state.acceptWebSocket(pair[1]);
    this.#room = room; // want "this.#room is learned from the request here and read in #prefix on line 23"
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    ws.send(this.#prefix() + message);
  }

  #prefix(): string {
    return `[${this.#room}] `;
  }

  async webSocketClose(ws: WebSocket): Promise<void> {
    this.#room = null;
    ws.close();
  }
}
