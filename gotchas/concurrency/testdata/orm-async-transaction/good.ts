import { DurableObject } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/durable-sqlite";
import { drizzle as d1 } from "drizzle-orm/d1";
import { accounts } from "./schema";

export class Bank extends DurableObject<Env> {
  readonly #db = drizzle(this.ctx.storage);

  move(amount: number): void {
    this.#db.transaction((tx) => { // guard
      tx.insert(accounts).values({ amount: -amount }).run();
      tx.insert(accounts).values({ amount }).run();
    });
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    await d1(env.DB).transaction(async (tx) => { // ok
      await tx.insert(accounts).values({ amount: 1 });
    });
    return new Response("ok");
  },
} satisfies ExportedHandler<Env>;
