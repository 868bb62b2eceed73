import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async reset(): Promise<void> {
    await this.ctx.storage.deleteAll(); // guard
    await this.ctx.storage.transaction(async (txn) => {
      await txn.put("fresh", true);
    });
  }

  async locked(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.ctx.storage.deleteAll(); // guard
    });
  }
}
