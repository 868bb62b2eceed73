import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  async move(amount: number): Promise<void> {
    await this.#notify();
    this.ctx.storage.transactionSync(() => { // guard
      const sql = this.ctx.storage.sql;
      sql.exec("UPDATE accounts SET balance = balance - ? WHERE id = 1", amount);
      sql.exec("UPDATE accounts SET balance = balance + ? WHERE id = 2", amount);
    });
  }

  async #notify(): Promise<void> {
    // An async callback for transactionSync(async () => {}) would not be atomic.
    await this.ctx.storage.transaction(async (txn) => { // ok
      await txn.put("notified", true);
    });
  }
}
