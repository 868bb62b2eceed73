import { DurableObject } from "cloudflare:workers";

export class Jobs extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  expire(before: number): string[] {
    const rows = this.#sql.exec<{ id: string }>("DELETE FROM jobs WHERE due < ? RETURNING id", before).toArray(); // guard
    return rows.map((row) => row.id);
  }

  bump(): number {
    return this.#sql.exec<{ n: number }>("UPDATE counters SET n = n + 1 RETURNING n").one().n; // guard
  }

  claim(): string[] {
    const ids: string[] = [];
    for (const row of this.#sql.exec<{ id: string }>("UPDATE jobs SET taken = 1 RETURNING id")) { // guard
      for (const part of row.id.split("-")) {
        if (part === "") break;
      }
      ids.push(row.id);
    }
    return ids;
  }

  clear(): void {
    this.#sql.exec("DELETE FROM jobs"); // ok
  }

  peek(): unknown {
    return this.#sql.exec("SELECT id FROM jobs ORDER BY due").next().value; // ok
  }
}
