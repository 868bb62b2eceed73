import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  increment(): number {
    return this.#query("INSERT INTO c (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1 RETURNING n");
  }

  #query(text: string): number {
    return this.ctx.storage.sql.exec<{ n: number }>(text).one().n; // want "Counter uses SQL, but line 5 of bad.jsonc"
  }
}
