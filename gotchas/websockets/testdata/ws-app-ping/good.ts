import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong")); // guard
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (message === "ping") return; // ok
    ws.send(message);
  }
}

export class Game extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const event = JSON.parse(String(message)) as { type: string };
    if (event.type === "ping") ws.send(JSON.stringify({ type: "pong", turn: 4 })); // ok
    if (message === "start") ws.send("started"); // ok
  }
}

export class Clock extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (message === "ping") { // ok
      ws.send(`pong ${Date.now()}`);
    }
  }
}
