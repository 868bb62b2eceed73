import { DurableObject } from "cloudflare:workers";

export interface Env {
  JOB_RUNNER: DurableObjectNamespace;
  HOOK_TOKEN: string;
}

// What may be posted to a runner.
type Message =
  | { kind: "enqueue"; hook: string; payload: unknown }
  | { kind: "cancel"; id: string }
  | { kind: "pause" }
  | { kind: "resume" }
  | { kind: "stats" };

type Job = { id: string; hook: string; payload: string; due: number; tries: number };

const BATCH = 20;
const MAX_TRIES = 10;
const BACKOFF_MS = 5_000;
const BUSY_MS = 1_000;

const reply = (body: unknown, status = 200) => Response.json(body, { status });

export class JobRunner extends DurableObject<Env> {
  private readonly storage: DurableObjectStorage = this.ctx.storage;

  // Deliveries in progress, so that a cancelled job can be aborted. Losing them
  // loses nothing: the job's row stays until it is delivered.
  private readonly running = new Map<string, AbortController>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.storage.sql.exec(`
        CREATE TABLE IF NOT EXISTS jobs (
          id TEXT PRIMARY KEY, hook TEXT NOT NULL, payload TEXT NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
        )`);
      this.storage.sql.exec("CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (due)");
      this.storage.sql.exec("CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)");
    });
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") return reply({ error: "post a message" }, 405);
    const message = await request.json<Message>();
    return this.handle(message);
  }

  private handle = async (message: Message): Promise<Response> => {
    switch (message.kind) {
      case "enqueue": {
        const id = crypto.randomUUID();
        this.storage.sql.exec("INSERT INTO jobs (id, hook, payload, due) VALUES (?, ?, ?, ?)", id, message.hook, JSON.stringify(message.payload), Date.now());
        await this.wake();
        return reply({ id }, 202);
      }
      case "cancel": {
        this.storage.sql.exec("DELETE FROM jobs WHERE id = ?", message.id);
        this.running.get(message.id)?.abort();
        return reply({ cancelled: message.id });
      }
      case "pause":
        await this.storage.put("paused", true);
        await this.storage.deleteAlarm();
        return reply({ paused: true });
      case "resume":
        await this.storage.delete("paused");
        await this.wake();
        return reply({ paused: false });
      case "stats":
        return reply(this.stats());
      default:
        return reply({ error: "unknown kind" }, 400);
    }
  };

  private stats = () => {
    const waiting = this.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM jobs").one().n;
    const counters = this.storage.sql.exec<{ name: string; value: number }>("SELECT name, value FROM counters LIMIT 50").toArray();
    return { waiting, ...Object.fromEntries(counters.map(({ name, value }) => [name, value])) };
  };

  async alarm(): Promise<void> {
    if (await this.storage.get<boolean>("paused")) return;
    const jobs = this.storage.sql.exec<Job>("SELECT * FROM jobs WHERE due <= ? ORDER BY due LIMIT ?", Date.now(), BATCH).toArray();
    for (const job of jobs) {
      const delivered = await this.deliver(job);
      if (delivered) this.finish(job, "delivered");
      else if (job.tries + 1 >= MAX_TRIES) this.finish(job, "given up");
      else this.postpone(job);
    }
    await this.wake();
  }

  // Sets the alarm for the job that is due first, unless the runner is paused.
  private wake = async (): Promise<void> => {
    if (await this.storage.get<boolean>("paused")) return;
    const [next] = this.storage.sql.exec<{ due: number }>("SELECT due FROM jobs ORDER BY due LIMIT 1").toArray();
    if (next) await this.storage.setAlarm(Math.max(next.due, Date.now() + BUSY_MS));
  };

  private deliver = async (job: Job): Promise<boolean> => {
    const abort = new AbortController();
    this.running.set(job.id, abort);
    try {
      const answer = await fetch(job.hook, {
        method: "POST",
        headers: { authorization: `Bearer ${this.env.HOOK_TOKEN}`, "idempotency-key": job.id },
        body: job.payload,
        signal: abort.signal,
      });
      return answer.ok;
    } catch {
      return false; // it is tried again later
    } finally {
      this.running.delete(job.id);
    }
  };

  private finish = (job: Job, outcome: "delivered" | "given up"): void => {
    this.storage.transactionSync(() => {
      this.storage.sql.exec("DELETE FROM jobs WHERE id = ?", job.id);
      this.storage.sql.exec("INSERT INTO counters (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", outcome);
    });
  };

  private postpone = (job: Job): void => {
    const due = Date.now() + BACKOFF_MS * 2 ** job.tries;
    this.storage.sql.exec("UPDATE jobs SET tries = tries + 1, due = ? WHERE id = ?", due, job.id);
  };
}

export default {
  fetch: (request, env) => {
    const queue = new URL(request.url).pathname.split("/")[1];
    if (!queue) return new Response("name a queue", { status: 404 });
    return env.JOB_RUNNER.getByName(queue).fetch(request);
  },
} satisfies ExportedHandler<Env>;
