import { DurableObject } from "cloudflare:workers";

export class Ticker extends DurableObject<Env> {
  upstream?: WebSocket;

  async start(): Promise<void> {
    const response = await fetch("https://prices.example/stream", { headers: { Upgrade: "websocket" } });
    const socket = response.webSocket!;
    socket.accept(); // want "Ticker keeps a connection of its own in this.upstream"
    this.upstream = socket;
  }
}

export class Feed extends DurableObject<Env> {
  #source = new Set<string>();
  #socket: WebSocket | null = null;

  async start(): Promise<void> {
    this.#socket = new WebSocket("wss://prices.example/stream"); // want "in this.#socket, and has no alarm"
  }
}

export class Jobs extends DurableObject<Env> {
  #hub = new WebSocket("wss://hub.example/jobs"); // want "this.#hub, and its alarm does not open it again"

  async alarm(): Promise<void> {
    await this.ctx.storage.delete("due");
  }
}
