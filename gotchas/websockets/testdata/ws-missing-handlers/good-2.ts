import { DurableObject } from "cloudflare:workers";
import { SocketObject } from "./socket-object";

abstract class Room extends DurableObject<Env> {
  protected admit(request: Request): Response {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}

export class ChatRoom extends Room {
  async fetch(request: Request): Promise<Response> {
    return this.admit(request);
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> { // guard
    ws.send(message);
  }
}

export class Board extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage = async (ws: WebSocket, message: string | ArrayBuffer): Promise<void> => {
    ws.send(message);
  };
}

export class Elsewhere extends SocketObject {
  constructor(private readonly state: DurableObjectState, env: Env) {
    super(state, env);
  }

  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.state.acceptWebSocket(server); // ok
    return new Response(null, { status: 101, webSocket: client });
  }
}

export class SocketHandler {
  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.state.acceptWebSocket(server); // ok
    return new Response(null, { status: 101, webSocket: client });
  }

  onMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    ws.send(message);
  }

  onClose(ws: WebSocket): void {
    ws.close();
  }
}
