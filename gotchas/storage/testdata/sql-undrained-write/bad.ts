import { DurableObject } from "cloudflare:workers";

export class Jobs extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  expire(before: number): void {
    this.#sql.exec("DELETE FROM jobs WHERE due < ? RETURNING id", before); // want "DELETE of jobs returns rows, but the cursor is thrown away"
  }

  bump(): number {
    const [row] = this.#sql.exec<{ n: number }>("UPDATE counters SET n = n + 1 RETURNING n"); // want "destructuring stops reading"
    return row.n;
  }

  claim(wanted: string): string | undefined {
    for (const row of this.#sql.exec<{ id: string }>("UPDATE jobs SET taken = 1 WHERE taken = 0 RETURNING id")) { // want "line 18 leaves the loop"
      if (row.id === wanted) {
        return row.id;
      }
    }
    return undefined;
  }

  first(): unknown {
    return this.#sql.exec("UPDATE jobs SET seen = 1 RETURNING id").next().value; // want "next.. reads only the first"
  }
}
