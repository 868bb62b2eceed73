import { DurableObject } from "cloudflare:workers";

const KEPT_MS = 24 * 60 * 60_000;

/** Reminders that fall due later, and a record of those that did, kept for a day. */
export class Reminders extends DurableObject<Env> {
  #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS reminders (id TEXT PRIMARY KEY, text TEXT NOT NULL, due INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS fired (id TEXT PRIMARY KEY, text TEXT NOT NULL, forget_at INTEGER NOT NULL);
    `);
  }

  async remind(id: string, text: string, inMs: number): Promise<void> {
    this.#sql.exec("INSERT OR REPLACE INTO reminders (id, text, due) VALUES (?, ?, ?)", id, text, Date.now() + inMs);
    await this.#arm();
  }

  async cancel(id: string): Promise<boolean> {
    const gone = this.#sql.exec("DELETE FROM reminders WHERE id = ? RETURNING id", id).toArray();
    await this.#arm();
    return gone.length > 0;
  }

  list(): { waiting: string[]; fired: string[] } {
    const waiting = this.#sql.exec<{ id: string }>("SELECT id FROM reminders ORDER BY id LIMIT 100").toArray();
    const fired = this.#sql.exec<{ id: string }>("SELECT id FROM fired ORDER BY id LIMIT 100").toArray();
    return { waiting: waiting.map(({ id }) => id), fired: fired.map(({ id }) => id) };
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec("INSERT OR REPLACE INTO fired (id, text, forget_at) SELECT id, text, ? FROM reminders WHERE due <= ?", now + KEPT_MS, now);
      this.#sql.exec("DELETE FROM reminders WHERE due <= ?", now);
      this.#sql.exec("DELETE FROM fired WHERE forget_at <= ?", now);
    });
    await this.#arm();
  }

  /** One alarm serves both purposes: it is set to what comes first. */
  async #arm(): Promise<void> {
    const { next } = this.#sql
      .exec<{ next: number | null }>("SELECT MIN(at) AS next FROM (SELECT due AS at FROM reminders UNION ALL SELECT forget_at FROM fired)")
      .one();
    if (next === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(next);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const stub = env.REMINDERS.getByName(url.searchParams.get("owner") ?? "nobody");
    const id = url.pathname.slice("/reminders/".length);
    switch (request.method) {
      case "PUT":
        await stub.remind(id, await request.text(), Number(url.searchParams.get("in_ms")));
        return Response.json({ id }, { status: 201 });
      case "DELETE":
        return Response.json({ cancelled: await stub.cancel(id) });
      case "GET":
        return Response.json(await stub.list());
    }
    return new Response("not allowed", { status: 405 });
  },
} satisfies ExportedHandler<Env>;
