export class Lobby implements DurableObject {
  sockets = new Set<WebSocket>();

  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    const pair = new WebSocketPair();
    this.#join(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  #join(socket: WebSocket): void {
    socket.accept(); // want "Lobby accepts socket"
    this.sockets.add(socket);
  }
}

export class Table implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}

  fetch = async () => {
    const { 0: client, 1: server } = new WebSocketPair();
    attach(server);
    return new Response(null, { status: 101, webSocket: client });
  };
}

function attach(ws: WebSocket): void {
  ws.accept(); // want "Table accepts ws"
}

export class Board implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    const pair = new WebSocketPair();
    const server: WebSocket = pair[1];
    server.accept(); // want "Board accepts server"
    return new Response(null, { status: 101, webSocket: pair[0] });
  }
}
