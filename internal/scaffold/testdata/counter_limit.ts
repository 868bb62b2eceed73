import { DurableObject } from "cloudflare:workers";

/** Callers choose names, so they are short and of a safe alphabet. */
const NAME = /^[\w.:@-]{1,64}$/;
const NAME_RULE = "must have 1 to 64 letters, digits and _ . : @ -";
const MAX_STEP = 1_000_000;
const LIMIT = 5;
const WINDOW_MS = 60 * 1_000;
const MAX_BODY_BYTES = 16_384;
const BAD_BODY = `The body must be a JSON object of at most ${MAX_BODY_BYTES} bytes.`;

/** Append only: an object may wake up years behind and runs what it missed, in order. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE rate_window (
     id INTEGER PRIMARY KEY CHECK (id = 1), started_at INTEGER NOT NULL, used INTEGER NOT NULL
   ) STRICT`,
];

interface Usage {
  limit: number;
  used: number;
  remaining: number;
}

export class Sample extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#migrate();
  }

  increment(by: number): number {
    return this.#add("value", by);
  }

  value(): number {
    return this.#total("value");
  }

  /** Takes one from the allowance: 0, or the milliseconds until the window ends. */
  check(): number {
    const now = Date.now();
    this.#sql.exec(`DELETE FROM rate_window WHERE started_at <= ?`, now - WINDOW_MS);
    // Deciding and counting are one statement, so no call can slip in between.
    const admitted = this.#sql
      .exec(
        `INSERT INTO rate_window (id, started_at, used) VALUES (1, ?, 1)
         ON CONFLICT (id) DO UPDATE SET used = used + 1 WHERE used < ?
         RETURNING used`,
        now,
        LIMIT,
      )
      .toArray();
    if (admitted.length > 0) return 0;
    const { started_at } = this.#sql
      .exec<{ started_at: number }>(
        `SELECT coalesce(max(started_at), 0) AS started_at FROM rate_window`,
      )
      .one();
    return started_at + WINDOW_MS - now;
  }

  usage(): Usage {
    const [row] = this.#sql
      .exec<{ used: number }>(
        `SELECT used FROM rate_window WHERE started_at > ?`,
        Date.now() - WINDOW_MS,
      )
      .toArray();
    const used = row?.used ?? 0;
    return { limit: LIMIT, used, remaining: LIMIT - used };
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
    path: "/increment",
    handle: async ({ stub, request }) => {
      const body = await readObject(request);
      if (!body) return refuse(400, BAD_BODY);
      const { by = 1 } = body;
      if (by === 0 || !isInteger(by, -MAX_STEP, MAX_STEP)) {
        return refuse(400, `by must be an integer from -${MAX_STEP} to ${MAX_STEP}, not 0.`);
      }
      return Response.json({ value: await stub.increment(by) });
    },
  },
  {
    method: "GET",
    path: "/value",
    handle: async ({ stub }) => Response.json({ value: await stub.value() }),
  },
  {
    method: "POST",
    path: "/check",
    handle: async ({ stub }) => {
      const waitMs = await stub.check();
      if (waitMs === 0) return Response.json({ allowed: true });
      const seconds = String(Math.ceil(waitMs / 1_000));
      return refuse(429, `At most ${LIMIT} in ${WINDOW_MS / 1_000} seconds.`, {
        "Retry-After": seconds,
      });
    },
  },
  {
    method: "GET",
    path: "/usage",
    handle: async ({ stub }) => Response.json(await stub.usage()),
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
    return route.handle({ request, stub: env.SAMPLE.getByName(name) });
  },
} satisfies ExportedHandler<Env>;
