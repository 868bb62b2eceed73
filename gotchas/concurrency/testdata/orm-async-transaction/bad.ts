import { DurableObject } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/durable-sqlite";
import { accounts } from "./schema";

export class Bank extends DurableObject<Env> {
  readonly #db = drizzle(this.ctx.storage);

  async move(amount: number): Promise<void> {
    await this.#db.transaction(async (tx) => { // want "The callback on line 9 is async"
      await tx.insert(accounts).values({ amount: -amount });
      await tx.insert(accounts).values({ amount });
    });
  }
}
