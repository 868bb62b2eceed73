import { DurableObject } from "cloudflare:workers";

export class Ticker extends DurableObject<Env> {
  upstream?: WebSocket;

  async start(): Promise<void> {
    await this.#connect();
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async alarm(): Promise<void> { // guard
    if (this.upstream?.readyState !== WebSocket.OPEN) await this.#connect();
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async #connect(): Promise<void> {
    this.upstream = new WebSocket("wss://prices.example/stream"); // ok
  }
}

export class Once extends DurableObject<Env> {
  async ask(): Promise<void> {
    const response = await fetch("https://prices.example/stream", { headers: { Upgrade: "websocket" } });
    const socket = response.webSocket!;
    socket.accept(); // ok
    socket.send("latest");
    socket.close(1000);
  }
}

export class Archive extends DurableObject<Env> {
  #archive?: WebSocket;

  async keep(line: string): Promise<void> {
    if (this.#archive?.readyState !== WebSocket.OPEN) this.#archive = new WebSocket("wss://archive.example"); // ok
    this.#archive.send(line);
  }
}
