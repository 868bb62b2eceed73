import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  post(id: string, cents: number): void {
    if (!Number.isInteger(cents)) throw new TypeError("whole cents only");
    this.#sql.exec("INSERT INTO postings (id, cents) VALUES (?, ?)", id, cents);
    this.#sql.exec("UPDATE balance SET cents = cents + ? WHERE id = 1", cents); // guard
  }

  archive(before: number): void {
    this.ctx.storage.transactionSync(() => { // guard
      const old = this.#sql.exec<{ id: string; cents: number }>("DELETE FROM postings WHERE at < ? RETURNING id, cents", before).toArray();
      for (const { id, cents } of old) {
        if (cents === 0) throw new Error(`posting ${id} is empty`); // ok
        this.#sql.exec("INSERT INTO archive (id, cents) VALUES (?, ?)", id, cents);
      }
    });
  }
}
