import { DurableObject } from "cloudflare:workers";

export class Order extends DurableObject<Env> {
  async pay(amount: number): Promise<void> {
    await fetch("https://bank.example/pay"); // ok
    await this.ctx.storage.transaction(async (txn) => { // guard
      const due = (await txn.get<number>("due")) ?? 0;
      await txn.put("due", due - amount);
    });
  }
}
