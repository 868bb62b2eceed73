export class Old implements DurableObject {
  sessions = new Map<WebSocket, string>();

  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair());
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(): void {}

  webSocketClose(ws: WebSocket): void { // want "webSocketClose of Old never calls close"
    this.sessions.delete(ws);
  }
}
