import { Agent } from "agents";
import { DurableObject } from "cloudflare:workers";
import migrations from "./migrations";

type Order = "asc" | "desc";
const TABLES = ["users", "files"];
const SORTABLE = new Set(["name", "size"]);

export class Files extends DurableObject<Env> {
  private readonly table = "files";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    for (const migration of migrations) {
      ctx.storage.sql.exec(migration); // ok
    }
    for (const table of TABLES) {
      ctx.storage.sql.exec(`CREATE INDEX IF NOT EXISTS ${table}_by_age ON ${table} (created_at)`); // ok
    }
  }

  list(sort: string, order: Order, limit: number): unknown[] {
    if (!SORTABLE.has(sort)) throw new Error("unknown column");
    return this.ctx.storage.sql.exec(`SELECT * FROM ${this.table} ORDER BY ${sort} ${order} LIMIT ${limit}`).toArray(); // ok
  }

  filter(name?: string, size?: number): unknown[] {
    const where: string[] = [];
    const params: unknown[] = [];
    if (name) {
      params.push(name);
      where.push(`name = ?${params.length}`); // ok
    }
    if (size) {
      params.push(size);
      where.push("size > ?");
    }
    const clause = where.length ? `WHERE ${where.join(" AND ")}` : "";
    return this.ctx.storage.sql.exec(`SELECT * FROM files ${clause}`, ...params).toArray(); // ok
  }

  insertMany(rows: { id: string; n: number }[]): void {
    const tuples = rows.map(() => "(?, ?)").join(", ");
    const marks = new Array(rows.length).fill("?").join(",");
    this.ctx.storage.sql.exec(`INSERT INTO files (id, n) VALUES ${tuples}`, ...rows.flatMap((r) => [r.id, r.n])); // ok
    this.ctx.storage.sql.exec(`SELECT ${rows.length}, ${Math.floor(Date.now() / 1000)} IN (${marks})`, ...rows.map((r) => r.id)); // ok
  }

  async other(id: string): Promise<unknown> {
    return this.env.DB.prepare(`SELECT * FROM t WHERE id = '${id}'`).all(); // ok
  }
}

export class Helper extends Agent<Env> {
  find(id: string): unknown[] {
    return this.sql`SELECT * FROM notes WHERE id = ${id}`; // ok
  }
}
