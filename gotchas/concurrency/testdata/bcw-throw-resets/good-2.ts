import { DurableObject } from "cloudflare:workers";

export class Cart extends DurableObject<Env> {
  // The helper catches.
  async restore(items: string[]): Promise<void> {
    try {
      await this.ctx.blockConcurrencyWhile(() => this.#check(items)); // ok
      await fetch("https://example.com/restored");
    } catch (error) {
      console.error(error);
    }
  }

  async #check(items: string[]): Promise<void> {
    try {
      if (items.length === 0) throw new Error("nothing to restore");
      await this.ctx.storage.put("items", items);
    } catch (error) {
      console.error("not restored", error);
    }
  }

  // The error is noted and goes on: nobody counts on the object's survival.
  async load(): Promise<void> {
    try {
      await this.ctx.blockConcurrencyWhile(async () => { // ok
        const response = await fetch("https://example.com/items");
        await this.ctx.storage.put("items", await response.json());
      });
    } catch (error) {
      console.error("load", error);
      throw error;
    }
  }

  // Nothing in the callback throws by itself.
  async clear(): Promise<void> {
    try {
      await this.ctx.blockConcurrencyWhile(async () => { // ok
        await this.ctx.storage.delete("items");
      });
    } catch {
      console.error("blockConcurrencyWhile(() => { throw }) is not here");
    }
  }
}
