import { DurableObject } from "cloudflare:workers";

export class Order extends DurableObject<Env> {
  async pay(amount: number): Promise<void> {
    await this.ctx.storage.transaction(async (txn) => {
      const due = (await txn.get<number>("due")) ?? 0;
      await fetch("https://bank.example/pay"); // want "transaction of line 5 waits for a fetch"
      await txn.put("due", due - amount);
    });
  }
}
