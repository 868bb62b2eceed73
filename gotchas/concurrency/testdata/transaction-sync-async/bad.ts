import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  async move(amount: number): Promise<void> {
    const sql = this.ctx.storage.sql;
    await this.ctx.storage.transactionSync(async () => { // want "commits at the await on line 8"
      sql.exec("UPDATE accounts SET balance = balance - ? WHERE id = 1", amount);
      await this.#notify();
      sql.exec("UPDATE accounts SET balance = balance + ? WHERE id = 2", amount);
    });
  }

  close(): void {
    const { storage } = this.ctx;
    storage.transactionSync(async () => { // want "returns a promise"
      storage.sql.exec("DELETE FROM accounts");
    });
  }

  async #notify(): Promise<void> {
    await fetch("https://audit.example");
  }
}
