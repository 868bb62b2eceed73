import { DurableObject } from "cloudflare:workers";

export class Cart extends DurableObject<Env> {
  async restore(items: string[]): Promise<boolean> {
    try {
      await this.ctx.blockConcurrencyWhile(async () => this.#check(items)); // want "does not keep the object"
      return true;
    } catch {
      return false;
    }
  }

  async reset(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(() => this.#check([])).catch(console.error); // want "The catch behind this call"
  }

  async #check(items: string[]): Promise<void> {
    if (items.length === 0) throw new Error("nothing to restore");
    await this.ctx.storage.put("items", items);
  }
}
