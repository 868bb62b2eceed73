import { Agent } from "agents";
import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  list(): unknown[] {
    const { sql } = this.ctx.storage;
    return [...sql.exec("UPDATE entries SET seen = 1 RETURNING id")]; // guard
  }

  pairs(): unknown[] {
    return Array.from(this.ctx.storage.sql.exec("UPDATE entries SET seen = 1 RETURNING id, n").raw()); // guard
  }

  add(text: string): unknown {
    const [row] = this.ctx.storage.sql.exec("INSERT INTO entries (text) VALUES (?) RETURNING id", text); // ok
    return row;
  }

  later(): number {
    const cursor = this.ctx.storage.sql.exec<{ id: number }>("DELETE FROM entries RETURNING id"); // guard
    const ids = cursor.toArray();
    return ids.length + cursor.rowsWritten;
  }

  drain(): number {
    let total = 0;
    const cursor = this.ctx.storage.sql.exec<{ n: number }>("DELETE FROM entries RETURNING n"); // ok
    let step = cursor.next();
    while (!step.done) {
      total += step.value.n;
      step = cursor.next();
    }
    return total;
  }

  note(): string {
    // this.ctx.storage.sql.exec("DELETE FROM entries RETURNING id")
    return "UPDATE entries SET n = 0 RETURNING n"; // ok
  }

  rest(): unknown[] {
    const [first, ...others] = this.ctx.storage.sql.exec("UPDATE entries SET n = 0 RETURNING id"); // guard
    return [first, others];
  }
}

export class Helper extends Agent<Env> {
  tidy(): void {
    this.sql`DELETE FROM notes WHERE done = 1 RETURNING id`; // ok
  }
}
