import { DurableObject } from "cloudflare:workers";

// The handlers are those of the hibernation API, the acceptance is not.
export class Board extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const pair = new WebSocketPair();
    pair[1].accept(); // want "Board accepts pair.1. with accept"
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    ws.send(message);
  }

  webSocketClose(ws: WebSocket): void {
    ws.close();
  }
}
