import { DurableObject } from "cloudflare:workers";

export class Purse extends DurableObject<Env> {
  #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
  }

  async move(from: string, to: string, coins: number): Promise<void> {
    const { storage } = this.ctx;
    const source = (await storage.get<number>(`purse:${from}`)) ?? 0;
    await storage.put(`purse:${from}`, source - coins);
    this.#mustExist(to);
    const target = (await storage.get<number>(`purse:${to}`)) ?? 0;
    await storage.put(`purse:${to}`, target + coins);
  }

  #mustExist(name: string): void {
    if (name === "") throw new Error("no such purse"); // want "one takes what the other adds"
  }

  save(names: string[]): void {
    const kv = this.ctx.storage.kv;
    kv.put("names", names);
    if (names.length > 100) throw new RangeError("too many"); // want "one counts what the other holds"
    kv.put("count", names.length);
  }

  open = (title: string): number => {
    const { id } = this.#sql.exec<{ id: number }>("INSERT INTO rooms (title) VALUES (?) RETURNING id", title).one();
    if (title.length > 80) throw new RangeError("title"); // ok
    this.#sql.exec("INSERT INTO members (room, name) VALUES (?, 'owner')", id);
    return id;
  };

  found(title: string): number {
    const { id } = this.#sql.exec<{ id: number }>("INSERT INTO rooms (title) VALUES (?) RETURNING id", title).one();
    if (title.length > 80) throw new RangeError("title"); // want "keeps the write on line 39"
    this.#sql.exec("INSERT INTO members (room, name) VALUES (?, 'owner')", id);
    return id;
  }
}
