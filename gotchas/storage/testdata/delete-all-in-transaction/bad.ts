import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async reset(): Promise<void> {
    await this.ctx.storage.transaction(async () => {
      await this.ctx.storage.deleteAll(); // want "inside the transaction that begins on line 5"
      await this.ctx.storage.put("fresh", true);
    });
  }

  wipe(): void {
    this.ctx.storage.transactionSync(() => {
      this.clear();
    });
  }

  private clear(): void {
    void this.ctx.storage.deleteAll(); // want "inside the transactionSync that begins on line 12"
  }
}
