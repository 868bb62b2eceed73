import { DurableObject } from "cloudflare:workers";

/** Callers choose names, so they are short and of a safe alphabet. */
const NAME = /^[\w.:@-]{1,64}$/;
const NAME_RULE = "must have 1 to 64 letters, digits and _ . : @ -";
const MAX_MESSAGE_BYTES = 1_024;
const MAX_MEMBERS = 50;
/** No close frame can carry these codes, and passing one of them to close() throws. */
const UNSENDABLE_CLOSE_CODES: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);
const MAX_STEP = 1_000_000;
const SHARDS = 4;
const LIMIT = 5;
const WINDOW_MS = 60 * 1_000;
const LEASE_MS = 30 * 1_000;
const MIN_LEASE_MS = 1_000;
const MAX_LEASE_MS = 60 * 60_000;
const BAD_OWNER = `owner ${NAME_RULE}`;
const BAD_TOKEN = "token must be the number that acquiring the lease answered.";
const BAD_LEASE = `lease_ms must be an integer from ${MIN_LEASE_MS} to ${MAX_LEASE_MS}.`;
const NOT_HELD = "This lease is over, or was never granted to this owner and token.";
const MAX_EVENTS = 1_000;
const MAX_DELAY_MS = 366 * 86_400_000;
const MIN_EVERY_MS = 1_000;
const MAX_ATTEMPTS = 8;
const MAX_BACKOFF_MS = 3_600_000;
const RUNS_KEPT = 100;
const EVERY_MS = 60 * 60_000;
const BAD_EVENT_ID = `id ${NAME_RULE}`;
const MAX_KEYS = 1_000;
const MAX_VALUE_BYTES = 16_384;
const BAD_KEY = `key ${NAME_RULE}`;
const BAD_VALUE = `The body must be JSON of at most ${MAX_VALUE_BYTES} bytes.`;
const IDLE_MS = 30 * 60_000;
const ALARM_BATCH = 50;
const MAX_BODY_BYTES = 16_384;
const BAD_BODY = `The body must be a JSON object of at most ${MAX_BODY_BYTES} bytes.`;

/** Append only: an object may wake up years behind and runs what it missed, in order. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE rate_windows (
     sender TEXT PRIMARY KEY, started_at INTEGER NOT NULL, used INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX rate_windows_by_start ON rate_windows (started_at)`,
  `CREATE TABLE lease (
     id INTEGER PRIMARY KEY CHECK (id = 1), token INTEGER NOT NULL, owner TEXT, expires_at INTEGER
   ) STRICT`,
  `CREATE TABLE events (
     id TEXT PRIMARY KEY, payload TEXT NOT NULL, every_ms INTEGER,
     planned_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE runs (
     seq INTEGER PRIMARY KEY, id TEXT NOT NULL, planned_at INTEGER NOT NULL, outcome TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE due (
     kind TEXT NOT NULL, id TEXT NOT NULL, due_at INTEGER NOT NULL, PRIMARY KEY (kind, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX due_by_time ON due (due_at)`,
];

interface Attachment {
  user: string;
}

type ServerEvent =
  | { type: "message"; seq: number; user: string; text: string }
  | { type: "event"; id: string; payload: unknown }
  | { type: "error"; error: string };

interface Lease {
  held: boolean;
  owner: string | null;
  token: number;
}

type PlannedEvent = {
  id: string;
  payload: string;
  every_ms: number | null;
  planned_at: number;
  attempts: number;
};

interface EventList {
  pending: { id: string; attempts: number }[];
  runs: { id: string; outcome: string }[];
}

type DueKind = "lease-expiry" | "event" | "idle-purge";

export class Sample extends DurableObject<Env> {
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

  async increment(by: number): Promise<number> {
    const value = this.#add("value", by);
    await this.#touch();
    return value;
  }

  value(): number {
    return this.#total("value");
  }

  /** The fencing token of the new lease, or null while somebody holds one. */
  async acquire(owner: string, leaseMs: number): Promise<number | null> {
    const now = Date.now();
    const [granted] = this.#sql
      .exec<{ token: number }>(
        `INSERT INTO lease (id, token, owner, expires_at) VALUES (1, 1, ?1, ?2)
         ON CONFLICT (id) DO UPDATE
           SET token = token + 1, owner = excluded.owner, expires_at = excluded.expires_at
           WHERE owner IS NULL OR expires_at <= ?3
         RETURNING token`,
        owner,
        now + leaseMs,
        now,
      )
      .toArray();
    await this.#touch();
    if (!granted) return null;
    await this.#plan("lease-expiry", "", now + leaseMs);
    return granted.token;
  }

  async renew(owner: string, token: number, leaseMs: number): Promise<boolean> {
    const now = Date.now();
    const renewed = this.#sql
      .exec(
        `UPDATE lease SET expires_at = ? WHERE owner = ? AND token = ? AND expires_at > ?
         RETURNING token`,
        now + leaseMs,
        owner,
        token,
        now,
      )
      .toArray();
    if (renewed.length === 0) return false;
    await this.#plan("lease-expiry", "", now + leaseMs);
    await this.#touch();
    return true;
  }

  async release(owner: string, token: number): Promise<boolean> {
    const released = this.#sql
      .exec(
        `UPDATE lease SET owner = NULL, expires_at = NULL
         WHERE owner = ? AND token = ? AND expires_at > ?
         RETURNING token`,
        owner,
        token,
        Date.now(),
      )
      .toArray();
    if (released.length === 0) return false;
    await this.#unplan("lease-expiry", "");
    await this.#touch();
    return true;
  }

  /** A lease is over when its time is, even if the alarm that clears it is late. */
  lease(): Lease {
    const [row] = this.#sql
      .exec<{ token: number; owner: string | null; held: number }>(
        `SELECT token, owner, owner IS NOT NULL AND expires_at > ? AS held FROM lease`,
        Date.now(),
      )
      .toArray();
    const held = row?.held === 1;
    return { held, owner: held ? (row?.owner ?? null) : null, token: row?.token ?? 0 };
  }

  /** Plans an event once: an id that is pending already stays as it is. */
  async schedule(
    id: string,
    payload: string,
    delayMs: number,
    everyMs: number | null,
  ): Promise<"planned" | "known" | "full"> {
    const { known } = this.#sql
      .exec<{ known: number }>(`SELECT EXISTS (SELECT 1 FROM events WHERE id = ?) AS known`, id)
      .one();
    if (known === 1) return "known";
    const { pending } = this.#sql
      .exec<{ pending: number }>(`SELECT count(*) AS pending FROM events`)
      .one();
    if (pending >= MAX_EVENTS) return "full";
    const plannedAt = Date.now() + delayMs;
    this.#sql.exec(
      `INSERT INTO events (id, payload, every_ms, planned_at) VALUES (?, ?, ?, ?)`,
      id,
      payload,
      everyMs,
      plannedAt,
    );
    await this.#plan("event", id, plannedAt);
    await this.#touch();
    return "planned";
  }

  async cancel(id: string): Promise<boolean> {
    const cancelled = this.#sql.exec(`DELETE FROM events WHERE id = ? RETURNING id`, id).toArray();
    if (cancelled.length === 0) return false;
    await this.#unplan("event", id);
    await this.#touch();
    return true;
  }

  events(): EventList {
    const pending = this.#sql
      .exec<{ id: string; attempts: number }>(
        `SELECT id, attempts FROM events ORDER BY id LIMIT ?`,
        MAX_EVENTS,
      )
      .toArray();
    const runs = this.#sql
      .exec<{ id: string; outcome: string }>(
        `SELECT id, outcome FROM runs ORDER BY seq DESC LIMIT ?`,
        RUNS_KEPT,
      )
      .toArray();
    return { pending, runs };
  }

  read(key: string): string | null {
    const [row] = this.#sql
      .exec<{ value: string }>(`SELECT value FROM entries WHERE key = ?`, key)
      .toArray();
    return row?.value ?? null;
  }

  /** Stores JSON text. False if there are too many keys to add another one. */
  async write(key: string, value: string): Promise<boolean> {
    const stored = this.#sql
      .exec(
        `INSERT INTO entries (key, value)
         SELECT ?1, ?2
         WHERE EXISTS (SELECT 1 FROM entries WHERE key = ?1) OR (SELECT count(*) FROM entries) < ?3
         ON CONFLICT (key) DO UPDATE SET value = excluded.value
         RETURNING key`,
        key,
        value,
        MAX_KEYS,
      )
      .toArray();
    await this.#touch();
    return stored.length > 0;
  }

  async remove(key: string): Promise<boolean> {
    const removed = this.#sql
      .exec(`DELETE FROM entries WHERE key = ? RETURNING key`, key)
      .toArray();
    await this.#touch();
    return removed.length > 0;
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
      return refuse(426, "Only WebSocket upgrades are accepted here.", { Upgrade: "websocket" });
    }
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    if (!isName(user)) return refuse(400, `user ${NAME_RULE}`);
    if (this.ctx.getWebSockets().length >= MAX_MEMBERS) return refuse(409, "No place is left.");
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
    if (!this.#admit(user)) {
      const error = `At most ${LIMIT} messages in ${WINDOW_MS / 1_000} seconds.`;
      this.#send(ws, { type: "error", error });
      return;
    }
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
    for (let done = 0; done < ALARM_BATCH; done++) {
      // One at a time, for what is due can change while an event runs, and the purge last.
      const [next] = this.#sql
        .exec<{ kind: DueKind; id: string; due_at: number }>(
          `SELECT kind, id, due_at FROM due WHERE due_at <= ?
           ORDER BY kind = 'idle-purge', due_at LIMIT 1`,
          Date.now(),
        )
        .toArray();
      if (!next) break;
      const { kind, id, due_at } = next;
      switch (kind) {
        case "lease-expiry":
          this.#sql.exec(
            `UPDATE lease SET owner = NULL, expires_at = NULL WHERE expires_at <= ?`,
            Date.now(),
          );
          break;
        case "event":
          await this.#runEvent(id);
          break;
        case "idle-purge":
          await this.#purgeIfIdle();
          break;
      }
      // Planned anew in the meantime? Then due_at has moved and the row stays.
      this.#sql.exec(`DELETE FROM due WHERE kind = ? AND id = ? AND due_at = ?`, kind, id, due_at);
    }
    await this.#arm();
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

  #admit(sender: string): boolean {
    const now = Date.now();
    // Closed windows go first, so the table holds only the senders of one window.
    this.#sql.exec(`DELETE FROM rate_windows WHERE started_at <= ?`, now - WINDOW_MS);
    const admitted = this.#sql
      .exec(
        `INSERT INTO rate_windows (sender, started_at, used) VALUES (?, ?, 1)
         ON CONFLICT (sender) DO UPDATE SET used = used + 1 WHERE used < ?
         RETURNING used`,
        sender,
        now,
        LIMIT,
      )
      .toArray();
    return admitted.length > 0;
  }

  #windowOpen(): boolean {
    const { open } = this.#sql
      .exec<{ open: number }>(
        `SELECT EXISTS (SELECT 1 FROM rate_windows WHERE started_at > ?) AS open`,
        Date.now() - WINDOW_MS,
      )
      .one();
    return open === 1;
  }

  /**
   * What a due event does. It may run again after a crash: give `id` and
   * `planned_at` to whatever it calls as the idempotency key. A throw retries it.
   */
  #run(event: PlannedEvent): void | Promise<void> {
    this.#broadcast({ type: "event", id: event.id, payload: JSON.parse(event.payload) as unknown });
  }

  async #runEvent(id: string): Promise<void> {
    const [event] = this.#sql
      .exec<PlannedEvent>(
        `SELECT id, payload, every_ms, planned_at, attempts FROM events WHERE id = ?`,
        id,
      )
      .toArray();
    if (!event) return;
    try {
      await this.#run(event);
    } catch (error) {
      console.error(JSON.stringify({ message: "event failed", id, error: String(error) }));
      if (event.attempts + 1 < MAX_ATTEMPTS) this.#retry(event);
      else this.#finish(event, "failed");
      return;
    }
    this.#finish(event, "done");
  }

  #retry({ id, planned_at, attempts }: PlannedEvent): void {
    const dueAt = Date.now() + Math.min(1_000 * 2 ** attempts, MAX_BACKOFF_MS);
    // Cancelled, or planned anew, while it ran: then this run has nothing to move.
    const kept = this.#sql
      .exec(
        `UPDATE events SET attempts = attempts + 1 WHERE id = ? AND planned_at = ? RETURNING id`,
        id,
        planned_at,
      )
      .toArray();
    if (kept.length > 0) this.#enqueue("event", id, dueAt);
  }

  #finish({ id, planned_at, every_ms }: PlannedEvent, outcome: "done" | "failed"): void {
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec(
        `INSERT INTO runs (id, planned_at, outcome) VALUES (?, ?, ?)`,
        id,
        planned_at,
        outcome,
      );
      this.#sql.exec(`DELETE FROM runs WHERE seq <= (SELECT max(seq) FROM runs) - ?`, RUNS_KEPT);
      if (every_ms === null) {
        this.#sql.exec(`DELETE FROM events WHERE id = ? AND planned_at = ?`, id, planned_at);
        return;
      }
      // Periods that were missed are skipped, not made up for one after the other.
      const missed = Math.floor((Date.now() - planned_at) / every_ms);
      const next = planned_at + (missed + 1) * every_ms;
      const moved = this.#sql
        .exec(
          `UPDATE events SET planned_at = ?, attempts = 0 WHERE id = ? AND planned_at = ?
           RETURNING id`,
          next,
          id,
          planned_at,
        )
        .toArray();
      if (moved.length > 0) this.#enqueue("event", id, next);
    });
  }

  /** Recurring events do not count: they would keep the object for ever. */
  #eventsPending(): boolean {
    const { pending } = this.#sql
      .exec<{ pending: number }>(
        `SELECT EXISTS (SELECT 1 FROM events WHERE every_ms IS NULL) AS pending`,
      )
      .one();
    return pending === 1;
  }

  async #purgeIfIdle(): Promise<void> {
    if (this.#inUse()) {
      await this.#touch();
      return;
    }
    // Not deleteAll(): the fencing token in lease must never start from 1 again.
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec(`DELETE FROM counters`);
      this.#sql.exec(`DELETE FROM rate_windows`);
      this.#sql.exec(`DELETE FROM events`);
      this.#sql.exec(`DELETE FROM runs`);
      this.#sql.exec(`DELETE FROM entries`);
      this.#sql.exec(`DELETE FROM due`);
    });
  }

  #inUse(): boolean {
    return (
      this.ctx.getWebSockets().length > 0 ||
      this.#windowOpen() ||
      this.lease().held ||
      this.#eventsPending()
    );
  }

  /** An object has one alarm: what is due waits in a table, and the alarm is set to the first. */
  #enqueue(kind: DueKind, id: string, dueAt: number): void {
    this.#sql.exec(
      `INSERT INTO due (kind, id, due_at) VALUES (?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET due_at = excluded.due_at`,
      kind,
      id,
      dueAt,
    );
  }

  async #plan(kind: DueKind, id: string, dueAt: number): Promise<void> {
    this.#enqueue(kind, id, dueAt);
    await this.#arm();
  }

  async #unplan(kind: DueKind, id: string): Promise<void> {
    this.#sql.exec(`DELETE FROM due WHERE kind = ? AND id = ?`, kind, id);
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const { next } = this.#sql
      .exec<{ next: number | null }>(`SELECT min(due_at) AS next FROM due`)
      .one();
    // With nothing due, an alarm that is still set finds nothing to do.
    if (next !== null) await this.ctx.storage.setAlarm(next);
  }

  /** Every activity puts the purge off. */
  async #touch(): Promise<void> {
    // The first activity starts the recurring event, and so does the first one after a purge.
    const firstAt = Date.now() + EVERY_MS;
    const started = this.#sql
      .exec(
        `INSERT INTO events (id, payload, every_ms, planned_at) VALUES ('recurring', 'null', ?, ?)
         ON CONFLICT (id) DO NOTHING
         RETURNING id`,
        EVERY_MS,
        firstAt,
      )
      .toArray();
    if (started.length > 0) await this.#plan("event", "recurring", firstAt);
    await this.#plan("idle-purge", "", Date.now() + IDLE_MS);
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

/** No name from outside has a "#", so nobody can address a shard directly. */
function shardOf(env: Env, name: string, shard: number) {
  return env.SAMPLE.getByName(`${name}#${shard}`);
}

/** The request's JSON object, {} for an empty body, undefined for anything else. */
async function readObject(request: Request): Promise<Record<string, unknown> | undefined> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MAX_BODY_BYTES) return undefined;
  if (bytes.byteLength === 0) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Call {
  request: Request;
  params: URLSearchParams;
  env: Env;
  name: string;
  stub: DurableObjectStub<Sample>;
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
  {
    method: "POST",
    path: "/increment",
    handle: async ({ env, name, request }) => {
      const body = await readObject(request);
      if (!body) return refuse(400, BAD_BODY);
      const { by = 1 } = body;
      if (by === 0 || !isInteger(by, -MAX_STEP, MAX_STEP)) {
        return refuse(400, `by must be an integer from -${MAX_STEP} to ${MAX_STEP}, not 0.`);
      }
      const shard = Math.floor(Math.random() * SHARDS);
      await shardOf(env, name, shard).increment(by);
      return Response.json({ added: by }, { status: 202 });
    },
  },
  {
    method: "GET",
    path: "/value",
    handle: async ({ env, name }) => {
      const values = await Promise.all(
        Array.from({ length: SHARDS }, (_, shard) => shardOf(env, name, shard).value()),
      );
      return Response.json({ value: values.reduce((sum, value) => sum + value, 0) });
    },
  },
  {
    method: "POST",
    path: "/acquire",
    handle: async ({ stub, request }) => {
      const body = await readObject(request);
      if (!body) return refuse(400, BAD_BODY);
      const { owner, lease_ms: leaseMs = LEASE_MS } = body;
      if (!isName(owner)) return refuse(400, BAD_OWNER);
      if (!isInteger(leaseMs, MIN_LEASE_MS, MAX_LEASE_MS)) return refuse(400, BAD_LEASE);
      const token = await stub.acquire(owner, leaseMs);
      if (token === null) return refuse(409, "Somebody else holds the lease.");
      return Response.json({ owner, token, lease_ms: leaseMs });
    },
  },
  {
    method: "POST",
    path: "/renew",
    handle: async ({ stub, request }) => {
      const body = await readObject(request);
      if (!body) return refuse(400, BAD_BODY);
      const { owner, token, lease_ms: leaseMs = LEASE_MS } = body;
      if (!isName(owner)) return refuse(400, BAD_OWNER);
      if (!isInteger(token, 1, Number.MAX_SAFE_INTEGER)) return refuse(400, BAD_TOKEN);
      if (!isInteger(leaseMs, MIN_LEASE_MS, MAX_LEASE_MS)) return refuse(400, BAD_LEASE);
      if (!(await stub.renew(owner, token, leaseMs))) return refuse(409, NOT_HELD);
      return Response.json({ owner, token, lease_ms: leaseMs });
    },
  },
  {
    method: "POST",
    path: "/release",
    handle: async ({ stub, request }) => {
      const body = await readObject(request);
      if (!body) return refuse(400, BAD_BODY);
      const { owner, token } = body;
      if (!isName(owner)) return refuse(400, BAD_OWNER);
      if (!isInteger(token, 1, Number.MAX_SAFE_INTEGER)) return refuse(400, BAD_TOKEN);
      if (!(await stub.release(owner, token))) return refuse(409, NOT_HELD);
      return Response.json({ released: true });
    },
  },
  {
    method: "GET",
    path: "/lock",
    handle: async ({ stub }) => Response.json(await stub.lease()),
  },
  {
    method: "POST",
    path: "/events",
    handle: async ({ stub, request }) => {
      const body = await readObject(request);
      if (!body) return refuse(400, BAD_BODY);
      const { id, delay_ms: delayMs, every_ms: everyMs = null, payload = null } = body;
      if (!isName(id)) return refuse(400, BAD_EVENT_ID);
      if (!isInteger(delayMs, 0, MAX_DELAY_MS)) {
        return refuse(400, `delay_ms must be an integer from 0 to ${MAX_DELAY_MS}.`);
      }
      if (everyMs !== null && !isInteger(everyMs, MIN_EVERY_MS, MAX_DELAY_MS)) {
        return refuse(400, `every_ms must be an integer from ${MIN_EVERY_MS} to ${MAX_DELAY_MS}.`);
      }
      const outcome = await stub.schedule(id, JSON.stringify(payload), delayMs, everyMs);
      if (outcome === "full") return refuse(429, `At most ${MAX_EVENTS} events can be pending.`);
      return Response.json({ id }, { status: outcome === "planned" ? 201 : 200 });
    },
  },
  {
    method: "GET",
    path: "/events",
    handle: async ({ stub }) => Response.json(await stub.events()),
  },
  {
    method: "DELETE",
    path: "/events",
    handle: async ({ stub, params }) => {
      const id = params.get("id");
      if (!isName(id)) return refuse(400, BAD_EVENT_ID);
      if (!(await stub.cancel(id))) return refuse(404, "No such event is pending.");
      return Response.json({ id });
    },
  },
  {
    method: "GET",
    path: "/state",
    handle: async ({ stub, params }) => {
      const key = params.get("key");
      if (!isName(key)) return refuse(400, BAD_KEY);
      const value = await stub.read(key);
      if (value === null) return refuse(404, "No value is stored under this key.");
      return Response.json({ key, value: JSON.parse(value) as unknown });
    },
  },
  {
    method: "PUT",
    path: "/state",
    handle: async ({ stub, params, request }) => {
      const key = params.get("key");
      if (!isName(key)) return refuse(400, BAD_KEY);
      const bytes = await request.arrayBuffer();
      if (bytes.byteLength > MAX_VALUE_BYTES) return refuse(400, BAD_VALUE);
      const value = new TextDecoder().decode(bytes);
      if (!isJson(value)) return refuse(400, BAD_VALUE);
      if (!(await stub.write(key, value))) return refuse(409, `At most ${MAX_KEYS} keys are kept.`);
      return Response.json({ key, value: JSON.parse(value) as unknown });
    },
  },
  {
    method: "DELETE",
    path: "/state",
    handle: async ({ stub, params }) => {
      const key = params.get("key");
      if (!isName(key)) return refuse(400, BAD_KEY);
      if (!(await stub.remove(key))) return refuse(404, "No value is stored under this key.");
      return Response.json({ key });
    },
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
    return route.handle({
      request,
      params: url.searchParams,
      env,
      name,
      stub: env.SAMPLE.getByName(name),
    });
  },
} satisfies ExportedHandler<Env>;
