import { Mutex } from "async-mutex";
import { DurableObject } from "cloudflare:workers";
import { Clock } from "./clock";

const LOCK_NAME = "ledger";
const clock = new Clock();

export class Ledger extends DurableObject<Env> {
  readonly #mutex = new Mutex(); // ok

  async add(amount: number): Promise<void> {
    await this.#mutex.runExclusive(async () => {
      await this.ctx.storage.put(LOCK_NAME, amount); // ok
      await this.ctx.storage.put("at", clock.now()); // ok
    });
  }
}
