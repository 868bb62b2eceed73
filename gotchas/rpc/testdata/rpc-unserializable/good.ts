import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  list(): Record<string, SqlStorageValue>[] {
    return this.rows("SELECT id, body FROM notes LIMIT 50").toArray(); // ok
  }

  names(): Map<string, number> {
    return new Map([["a", 1]]); // ok
  }

  rows(query: string) {
    return this.ctx.storage.sql.exec(query); // ok
  }

  #db(): SqlStorage {
    return this.ctx.storage.sql; // ok
  }

  count(): number {
    return this.#db().exec<{ n: number }>("SELECT count(*) AS n FROM notes").one().n;
  }
}
