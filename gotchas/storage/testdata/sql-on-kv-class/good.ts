import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  increment(): number {
    return this.ctx.storage.sql
      .exec<{ n: number }>("INSERT INTO c (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1 RETURNING n") // ok
      .one().n;
  }
}

export class Old extends DurableObject<Env> {
  async read(): Promise<unknown> {
    return this.ctx.storage.get("value"); // ok
  }
}
