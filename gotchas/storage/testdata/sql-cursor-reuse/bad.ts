import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  list(): unknown {
    const cursor = this.ctx.storage.sql.exec("SELECT * FROM notes");
    console.log(cursor.toArray().length);
    return cursor.toArray(); // want "read to its end on line 6 already"
  }

  pairs(names: string[]): unknown[] {
    const all = this.ctx.storage.sql.exec("SELECT * FROM notes");
    const out: unknown[] = [];
    for (const name of names) {
      out.push(name, [...all]); // want "from the second round on"
    }
    return out;
  }

  sum(): number {
    const cursor = this.ctx.storage.sql.exec<{ n: number }>("SELECT n FROM notes");
    let total = 0;
    for (const row of cursor) total += row.n;
    for (const row of cursor) total -= row.n; // want "line 22 already"
    return total;
  }
}
