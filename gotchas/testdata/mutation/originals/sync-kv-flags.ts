import { DurableObject } from "cloudflare:workers";

type Env = { FLAGS: DurableObjectNamespace<FlagStore> };

type Rule = { attribute: string; equals: string };
type Flag = { on: boolean; percent: number; rules: Rule[] };
type ChangeRow = { id: number; flag: string; on_after: number; author: string; reason: string | null; at: number };
type Change = Omit<ChangeRow, "on_after"> & { on: boolean };

const KEPT_CHANGES = 500;

/** The history of changes: the only code that knows its tables. */
class ChangeLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  createTables(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS changes (
        id INTEGER PRIMARY KEY, flag TEXT NOT NULL, on_after INTEGER NOT NULL,
        author TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL
      );
      CREATE INDEX IF NOT EXISTS changes_by_flag ON changes (flag, id);
      CREATE TABLE IF NOT EXISTS authors (name TEXT PRIMARY KEY, team TEXT NOT NULL);
    `);
  }

  /** Notes a change and forgets all but the newest. */
  add(flag: string, on: boolean, author: string, reason?: string): number {
    const { id } = this.#sql
      .exec<{ id: number }>(
        "INSERT INTO changes (flag, on_after, author, reason, at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        flag,
        on ? 1 : 0,
        author,
        reason ?? null,
        Date.now(),
      )
      .one();
    this.#sql.exec("DELETE FROM changes WHERE id <= ?", id - KEPT_CHANGES);
    return id;
  }

  of(flag: string, before = Number.MAX_SAFE_INTEGER): Change[] {
    const rows = this.#sql.exec<ChangeRow>("SELECT * FROM changes WHERE flag = ? AND id < ? ORDER BY id DESC LIMIT 50", flag, before);
    const changes: Change[] = [];
    for (const { on_after, ...row } of rows) changes.push({ ...row, on: on_after === 1 });
    return changes;
  }

  lastOf(flag: string): ChangeRow | undefined {
    return this.#sql.exec<ChangeRow>("SELECT * FROM changes WHERE flag = ? ORDER BY id DESC LIMIT 1", flag).toArray()[0];
  }

  withTeams(flag: string): { id: number; author: string; team: string | null }[] {
    return this.#sql
      .exec<{ id: number; author: string; team: string | null }>(
        "SELECT c.id, c.author, a.team FROM changes c LEFT JOIN authors a ON a.name = c.author WHERE c.flag = ? ORDER BY c.id DESC LIMIT 20",
        flag,
      )
      .toArray();
  }

  setTeam(author: string, team: string): void {
    this.#sql.exec("INSERT INTO authors (name, team) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET team = excluded.team", author, team);
  }

  forget(flag: string): void {
    this.#sql.exec("DELETE FROM changes WHERE flag = ?", flag);
  }
}

/** The flags of one project, each under a key of its own. */
export class FlagStore extends DurableObject<Env> {
  readonly #kv: SyncKvStorage;
  readonly #log: ChangeLog;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#kv = ctx.storage.kv;
    this.#log = new ChangeLog(ctx.storage.sql);
    ctx.blockConcurrencyWhile(async () => this.#log.createTables());
  }

  /** Whether a flag is on for somebody with these attributes. */
  isOn(name: string, bucket: number, attributes: Record<string, string>): boolean {
    const flag = this.#kv.get<Flag>(`flag:${name}`);
    if (!flag?.on) return false;
    if (flag.rules.some((rule) => attributes[rule.attribute] === rule.equals)) return true;
    return bucket < flag.percent;
  }

  /** Turns a flag on or off. The flag and its history change together. */
  turn(name: string, on: boolean, author: string, reason?: string): number {
    return this.ctx.storage.transactionSync(() => {
      const flag = this.#kv.get<Flag>(`flag:${name}`) ?? { on, percent: 100, rules: [] };
      this.#kv.put(`flag:${name}`, { ...flag, on });
      return this.#log.add(name, on, author, reason);
    });
  }

  addRule(name: string, rule: Rule): Flag {
    const flag = this.#kv.get<Flag>(`flag:${name}`);
    if (!flag) throw new Error(`there is no flag ${name}`);
    if (flag.rules.length >= 20) throw new RangeError("a flag has at most 20 rules");
    flag.rules.push(rule);
    this.#kv.put(`flag:${name}`, flag);
    return flag;
  }

  remove(name: string): boolean {
    return this.ctx.storage.transactionSync(() => {
      this.#log.forget(name);
      return this.#kv.delete(`flag:${name}`);
    });
  }

  names(): string[] {
    const names: string[] = [];
    for (const [key] of this.#kv.list({ prefix: "flag:", limit: 1_000 })) names.push(key.slice("flag:".length));
    return names;
  }

  history(name: string, before?: number): Change[] {
    return this.#log.of(name, before);
  }
}

const worker: ExportedHandler<Env> = {
  async fetch(request, env) {
    const [, project, flag] = new URL(request.url).pathname.split("/");
    if (!project) return Response.json({ error: "name a project" }, { status: 404 });
    const store = env.FLAGS.get(env.FLAGS.idFromName(project));
    if (!flag) return Response.json(await store.names());
    return Response.json({ on: await store.isOn(flag, Math.random() * 100, {}) });
  },
};

export default worker;
