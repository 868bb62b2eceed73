import { DurableObject } from "cloudflare:workers";

/** Callers choose names, so they are short and of a safe alphabet. */
const NAME = /^[\w.:@-]{1,64}$/;
const NAME_RULE = "must have 1 to 64 letters, digits and _ . : @ -";
const LEASE_MS = 30 * 1_000;
const MIN_LEASE_MS = 1_000;
const MAX_LEASE_MS = 60 * 60_000;
const BAD_OWNER = `owner ${NAME_RULE}`;
const BAD_TOKEN = "token must be the number that acquiring the lease answered.";
const BAD_LEASE = `lease_ms must be an integer from ${MIN_LEASE_MS} to ${MAX_LEASE_MS}.`;
const NOT_HELD = "This lease is over, or was never granted to this owner and token.";
const MAX_BODY_BYTES = 16_384;
const BAD_BODY = `The body must be a JSON object of at most ${MAX_BODY_BYTES} bytes.`;

/** Append only: an object may wake up years behind and runs what it missed, in order. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE lease (
     id INTEGER PRIMARY KEY CHECK (id = 1), token INTEGER NOT NULL, owner TEXT, expires_at INTEGER
   ) STRICT`,
];

interface Lease {
  held: boolean;
  owner: string | null;
  token: number;
}

export class Sample extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#migrate();
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
    if (!granted) return null;
    await this.ctx.storage.setAlarm(now + leaseMs);
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
    await this.ctx.storage.setAlarm(now + leaseMs);
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
    await this.ctx.storage.deleteAlarm();
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

  override alarm(): void {
    this.#sql.exec(
      `UPDATE lease SET owner = NULL, expires_at = NULL WHERE expires_at <= ?`,
      Date.now(),
    );
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
