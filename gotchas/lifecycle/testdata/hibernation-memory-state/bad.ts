import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  private userCount = 0;
  #history: string[] = [];
  host: string | null = null;
  total = 0;

  async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.userCount++; // want "userCount changes here and is used on line 21"
    this.host = new URL(request.url).searchParams.get("user"); // want "host changes here"
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(ws: WebSocket, message: string): void {
    const { total } = this;
    this.#history.push(message); // want "starts again as ..[.]"
    this.total = total + 1; // want "total is stored on line 22 but never read back"
    ws.send(JSON.stringify({ users: this.userCount, host: this.host, history: this.#history }));
    this.ctx.storage.kv.put("total", this.total);
  }
}
