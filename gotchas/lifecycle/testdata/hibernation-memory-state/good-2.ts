import { DurableObject } from "cloudflare:workers";

interface Session { user: string }

// this.count++ in a comment changes nothing.
export class Relay extends DurableObject<Env> {
  #sessions = new Map<WebSocket, Session>();
  #inflight = new Map<string, Promise<string>>();
  #running = false;
  #abort = new AbortController();
  #prices?: string;
  #byRoom = new Map<number, Set<WebSocket>>();
  #store = new Store(this.ctx.storage);
  @Persist votes = 0;
  items: string[] = [];
  generation = 1;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    for (const ws of ctx.getWebSockets()) this.#sessions.set(ws, ws.deserializeAttachment() as Session);
    ctx.blockConcurrencyWhile(async () => {
      await this.#load();
    });
  }

  async #load(): Promise<void> {
    for (const row of this.ctx.storage.sql.exec<{ item: string }>("SELECT item FROM items LIMIT 50")) this.items.push(row.item);
  }

  webSocketMessage(ws: WebSocket, message: string): void {
    this.#sessions.set(ws, { user: message }); // ok
    this.items.push(message); // ok
    this.ctx.storage.sql.exec("INSERT INTO items (item) VALUES (?)", message);
    ws.send(JSON.stringify([this.items, this.#sessions.get(ws)]));
  }

  async once(url: string): Promise<string> {
    let running = this.#inflight.get(url);
    if (!running) {
      running = this.#get(url);
      this.#inflight.set(url, running); // ok
    }
    return running;
  }

  async sync(): Promise<void> {
    if (this.#running) return;
    this.#running = true; // ok
    try {
      if (!this.#prices) this.#prices = await this.#get("https://prices.example"); // ok
      console.log(this.#prices);
    } finally {
      this.#running = false;
    }
  }

  join(server: WebSocket, room: number): void {
    const peers = this.#byRoom.get(room) ?? new Set<WebSocket>();
    this.#byRoom.set(room, peers.add(server)); // ok
    this.#store.set("joined", room); // ok
    this.votes++; // ok
    console.log(this.#byRoom.size, this.#store.get("joined"), this.votes);
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController(); // ok
  }

  async #get(url: string): Promise<string> {
    return (await fetch(url, { signal: this.#abort.signal })).text();
  }
}
