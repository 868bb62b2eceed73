import { Mutex } from "async-mutex";
import { DurableObject } from "cloudflare:workers";

const mutex = new Mutex();

export class Ledger extends DurableObject<Env> {
  async add(amount: number): Promise<void> {
    await mutex.runExclusive(async () => { // want "one lock for all objects"
      await this.ctx.storage.put("last", amount);
    });
  }
}
