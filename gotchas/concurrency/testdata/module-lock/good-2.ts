import { DurableObject } from "cloudflare:workers";

const locked = new Set(["system", "root"]);
let warned = false;

export class Ledger extends DurableObject<Env> {
  #saving = false;
  #last: Promise<unknown> = Promise.resolve();

  async save(): Promise<boolean> {
    if (this.#saving) return false; // ok
    this.#saving = true;
    await this.ctx.storage.sync();
    this.#saving = false;
    return true;
  }

  next(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work); // ok
    this.#last = turn;
    return turn;
  }

  async rename(name: string): Promise<void> {
    if (locked.has(name)) throw new Error("not this one"); // ok
    console.log(warned);
    await this.ctx.storage.put("name", name);
  }
}
