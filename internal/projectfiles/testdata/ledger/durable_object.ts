import { DurableObject } from "cloudflare:workers";

const KEEP_MS = 3_600_000;

/** Entries with a total, which are deleted an hour after the last one. */
export class Ledger extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  async add(amount: number): Promise<number> {
    if (!Number.isInteger(amount) || amount <= 0) throw new RangeError("an amount is above 0");
    this.#create();
    this.#sql.exec(`INSERT INTO entries (amount) VALUES (?)`, amount);
    await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);
    return this.total();
  }

  total(): number {
    this.#create();
    return this.#sql.exec<{ n: number }>(`SELECT coalesce(sum(amount), 0) AS n FROM entries`).one().n;
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") === "websocket") {
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    const key = new URL(request.url).searchParams.get("key");
    if (request.method === "POST") {
      const id = crypto.randomUUID();
      this.ctx.storage.kv.put(id, await request.json());
      await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);
      return Response.json({ receipt: { id, for: [request.headers.get("X-Client")] } }, { status: 201 });
    }
    const value = key === null ? undefined : this.ctx.storage.kv.get(key);
    return value === undefined ? new Response("no such receipt", { status: 404 }) : Response.json({ key, value });
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    ws.send(JSON.stringify({ heard: message }));
  }

  override webSocketClose(ws: WebSocket): void {
    ws.close(1000);
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  #create(): void {
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)`);
  }
}

export default {
  fetch(request, env): Promise<Response> {
    const name = request.headers.get("X-Ledger") ?? "a";
    return env.LEDGER.getByName(name).fetch(request);
  },
} satisfies ExportedHandler<Env>;
