import { DurableObject } from "cloudflare:workers";

let saving = false;
let last: Promise<unknown> = Promise.resolve();
const locks = new Set<string>();

export class Ledger extends DurableObject<Env> {
  async save(): Promise<boolean> {
    if (saving) return false; // want "one flag for all objects"
    saving = true;
    await this.ctx.storage.sync();
    saving = false;
    return true;
  }

  next(work: () => Promise<void>): Promise<void> {
    const turn = last.then(work); // want "wait for one another"
    last = turn;
    return turn;
  }

  async rename(name: string): Promise<void> {
    while (locks.has(name)) await scheduler.wait(5); // want "outlives the object"
    locks.add(name);
    await this.ctx.storage.put("name", name);
    locks.delete(name);
  }
}
