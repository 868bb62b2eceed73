import { DurableObject } from "cloudflare:workers";

/** Callers choose names, so they are short and of a safe alphabet. */
const NAME = /^[\w.:@-]{1,64}$/;
const NAME_RULE = "must have 1 to 64 letters, digits and _ . : @ -";
const MAX_EVENTS = 1_000;
const MAX_DELAY_MS = 366 * 86_400_000;
const MIN_EVERY_MS = 1_000;
const MAX_ATTEMPTS = 8;
const MAX_BACKOFF_MS = 3_600_000;
const RUNS_KEPT = 100;
const EVERY_MS = 60 * 60_000;
const BAD_EVENT_ID = `id ${NAME_RULE}`;
const ALARM_BATCH = 50;
const MAX_BODY_BYTES = 16_384;
const BAD_BODY = `The body must be a JSON object of at most ${MAX_BODY_BYTES} bytes.`;

/** Append only: an object may wake up years behind and runs what it missed, in order. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE events (
     id TEXT PRIMARY KEY, payload TEXT NOT NULL, every_ms INTEGER,
     planned_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE runs (
     seq INTEGER PRIMARY KEY, id TEXT NOT NULL, planned_at INTEGER NOT NULL, outcome TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE due (
     kind TEXT NOT NULL, id TEXT NOT NULL, due_at INTEGER NOT NULL, PRIMARY KEY (kind, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX due_by_time ON due (due_at)`,
];

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

type DueKind = "event";

export class Sample extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#migrate();
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

  override async alarm(): Promise<void> {
    for (let done = 0; done < ALARM_BATCH; done++) {
      // One at a time: while an event runs, what is due can change.
      const [next] = this.#sql
        .exec<{ kind: DueKind; id: string; due_at: number }>(
          `SELECT kind, id, due_at FROM due WHERE due_at <= ?
           ORDER BY due_at LIMIT 1`,
          Date.now(),
        )
        .toArray();
      if (!next) break;
      const { kind, id, due_at } = next;
      await this.#runEvent(id);
      // Planned anew in the meantime? Then due_at has moved and the row stays.
      this.#sql.exec(`DELETE FROM due WHERE kind = ? AND id = ? AND due_at = ?`, kind, id, due_at);
    }
    await this.#arm();
  }

  /**
   * What a due event does. It may run again after a crash: give `id` and
   * `planned_at` to whatever it calls as the idempotency key. A throw retries it.
   */
  #run(event: PlannedEvent): void | Promise<void> {
    console.log(JSON.stringify({ message: "event due", ...event }));
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

interface Call {
  request: Request;
  params: URLSearchParams;
  stub: DurableObjectStub<Sample>;
}

interface Route {
  method: string;
  path: string;
  handle: (call: Call) => Promise<Response>;
}

const ROUTES: readonly Route[] = [
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
    return route.handle({ request, params: url.searchParams, stub: env.SAMPLE.getByName(name) });
  },
} satisfies ExportedHandler<Env>;
