import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  touch(id: string): void {
    const { sql } = this.ctx.storage;
    const cursor = sql.exec("UPDATE entries SET seen = 1 WHERE id = ? RETURNING id", id); // want "only rowsWritten is read"
    console.log(cursor.rowsWritten);
  }

  forget(): void {
    const unused = this.ctx.storage.sql.exec(`DELETE FROM entries WHERE old = 1 RETURNING id`); // want "unused. is never read"
  }

  one(id: string): unknown {
    const cursor = this.ctx.storage.sql.exec("UPDATE entries SET n = n + 1 WHERE id = ? RETURNING n", id); // want "as soon as its WHERE matches more than one row"
    return cursor.next().value;
  }

  swap(): unknown[] {
    return this.ctx.storage.transactionSync(() => this.ctx.storage.sql.exec("UPDATE entries SET n = 0 RETURNING id")).toArray(); // want "transactionSync ends before"
  }

  search(needle: string): void {
    const rows = this.ctx.storage.sql.exec("UPDATE entries SET seen = 1 RETURNING id, text").raw(); // want "line 26 leaves the loop"
    for (const [id] of rows) {
      if (id === needle) break;
    }
  }

  scan(needle: string): void {
    for (const [id] of this.ctx.storage.sql.exec("UPDATE entries SET seen = 1 RETURNING id").raw()) { // want "line 34 leaves"
      switch (id) {
        case needle:
          return;
      }
    }
  }
}

function purge(storage: DurableObjectStorage): void {
  storage.sql.exec("INSERT INTO a (x) VALUES (1); DELETE FROM a RETURNING x"); // want "DELETE of a returns rows"
}
