import { DurableObject } from "cloudflare:workers";

const clean = (code: number) => (code === 1006 ? 1001 : code);

export class Mapped extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    ws.close(clean(code)); // want "throws when it is 1005"
  }

  async webSocketError(ws: WebSocket): Promise<void> {
    ws.close(1006); // want "close.1006. throws"
  }
}

export class Bridge extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("close", (event) => {
      server.close(event.code, event.reason); // want "event.code is passed on"
    });
    return new Response(null, { status: 101, webSocket: client });
  }
}
