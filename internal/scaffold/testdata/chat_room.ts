import { DurableObject } from "cloudflare:workers";

/** Callers choose names, so they are short and of a safe alphabet. */
const NAME = /^[\w.:@-]{1,64}$/;
const NAME_RULE = "must have 1 to 64 letters, digits and _ . : @ -";
const MAX_MESSAGE_BYTES = 4_096;
/** No close frame can carry these codes, and passing one of them to close() throws. */
const UNSENDABLE_CLOSE_CODES: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);
const IDLE_MS = 30 * 60_000;

/** Append only: an object may wake up years behind and runs what it missed, in order. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];

interface Attachment {
  user: string;
}

type ServerEvent =
  { type: "message"; seq: number; user: string; text: string } | { type: "error"; error: string };

export class ChatRoom extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#migrate();
    // The runtime answers these itself: keep-alives must not wake a hibernating object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  messageCount(): number {
    return this.#total("messages");
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
      return refuse(426, "Only WebSocket upgrades are accepted here.", { Upgrade: "websocket" });
    }
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    if (!isName(user)) return refuse(400, `user ${NAME_RULE}`);
    const { 0: client, 1: server } = new WebSocketPair();
    server.serializeAttachment({ user } satisfies Attachment);
    this.ctx.acceptWebSocket(server);
    await this.#touch();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (typeof message !== "string" || message === "") {
      this.#send(ws, { type: "error", error: "A message is a text that is not empty." });
      return;
    }
    if (new TextEncoder().encode(message).byteLength > MAX_MESSAGE_BYTES) {
      const error = `A message may have at most ${MAX_MESSAGE_BYTES} bytes.`;
      this.#send(ws, { type: "error", error });
      return;
    }
    // A woken instance knows its sockets only by what was attached to them.
    const { user } = ws.deserializeAttachment() as Attachment;
    const seq = this.#add("messages", 1);
    this.#broadcast({ type: "message", seq, user, text: message });
    await this.#touch();
  }

  override async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    ws.close(UNSENDABLE_CLOSE_CODES.has(code) ? 1000 : code);
    await this.#touch();
  }

  override webSocketError(_ws: WebSocket, error: unknown): void {
    console.error(JSON.stringify({ message: "websocket error", error: String(error) }));
  }

  override async alarm(): Promise<void> {
    if (this.ctx.getWebSockets().length > 0) {
      await this.#touch();
      return;
    }
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    // The tables are gone, but this instance lives on and its constructor will not run again.
    this.#migrate();
  }

  #add(name: string, by: number): number {
    return this.#sql
      .exec<{ value: number }>(
        `INSERT INTO counters (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = value + excluded.value
         RETURNING value`,
        name,
        by,
      )
      .one().value;
  }

  #total(name: string): number {
    const [row] = this.#sql
      .exec<{ value: number }>(`SELECT value FROM counters WHERE name = ?`, name)
      .toArray();
    return row?.value ?? 0;
  }

  #broadcast(event: ServerEvent): void {
    for (const ws of this.ctx.getWebSockets()) this.#send(ws, event);
  }

  #send(ws: WebSocket, event: ServerEvent): void {
    try {
      ws.send(JSON.stringify(event));
    } catch {
      // The socket is closing already; the others must still be served.
    }
  }

  /** Every activity puts the purge off. */
  async #touch(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + IDLE_MS);
  }

  #migrate(): void {
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec(
        `CREATE TABLE IF NOT EXISTS migrations (
           version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL
         ) STRICT`,
      );
      const { version } = this.#sql
        .exec<{ version: number }>(`SELECT coalesce(max(version), 0) AS version FROM migrations`)
        .one();
      for (const [index, statements] of MIGRATIONS.slice(version).entries()) {
        this.#sql.exec(statements);
        this.#sql.exec(
          `INSERT INTO migrations (version, applied_at) VALUES (?, ?)`,
          version + index + 1,
          Date.now(),
        );
      }
    });
  }
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

function refuse(status: number, error: string, headers: HeadersInit = {}): Response {
  return Response.json({ error }, { status, headers });
}

interface Call {
  request: Request;
  stub: DurableObjectStub<ChatRoom>;
}

interface Route {
  method: string;
  path: string;
  handle: (call: Call) => Promise<Response>;
}

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/ws",
    handle: ({ stub, request }) => stub.fetch(request),
  },
  {
    method: "GET",
    path: "/count",
    handle: async ({ stub }) => Response.json({ count: await stub.messageCount() }),
  },
];

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const routes = ROUTES.filter(({ path }) => path === url.pathname);
    if (routes.length === 0) return refuse(404, "There is nothing at this path.");
    const route = routes.find(({ method }) => method === request.method);
    if (!route) {
      const allow = routes.map(({ method }) => method).join(", ");
      return refuse(405, `Allowed here: ${allow}.`, { Allow: allow });
    }
    const name = url.searchParams.get("room");
    if (!isName(name)) return refuse(400, `?room= ${NAME_RULE}`);
    return route.handle({ request, stub: env.CHAT_ROOM.getByName(name) });
  },
} satisfies ExportedHandler<Env>;
