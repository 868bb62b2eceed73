import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  list(): unknown {
    const rows = this.ctx.storage.sql.exec("SELECT * FROM notes").toArray();
    console.log(rows.length);
    return rows; // ok
  }

  either(first: boolean): unknown {
    const cursor = this.ctx.storage.sql.exec("SELECT * FROM notes");
    if (first) {
      return cursor.one();
    }
    return cursor.toArray(); // ok
  }

  count(): number {
    const cursor = this.ctx.storage.sql.exec("SELECT * FROM notes");
    const rows = cursor.toArray();
    return rows.length + cursor.rowsRead; // ok
  }

  each(names: string[]): unknown[] {
    const out: unknown[] = [];
    for (const name of names) {
      const cursor = this.ctx.storage.sql.exec("SELECT * FROM notes WHERE name = ?", name);
      out.push(...cursor.toArray()); // ok
    }
    return out;
  }
}
