import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  post(id: string, cents: number): void {
    this.#sql.exec("INSERT INTO postings (id, cents) VALUES (?, ?)", id, cents);
    if (!Number.isInteger(cents)) throw new TypeError("whole cents only"); // want "notes the amount by which the other changes a sum"
    this.#sql.exec("UPDATE balance SET cents = cents + ? WHERE id = 1", cents);
  }

  archive(before: number): void {
    const old = this.#sql.exec<{ id: string; cents: number }>("DELETE FROM postings WHERE at < ? RETURNING id, cents", before).toArray();
    for (const { id, cents } of old) {
      if (cents === 0) throw new Error(`posting ${id} is empty`); // want "it stores what the first has taken away"
      this.#sql.exec("INSERT INTO archive (id, cents) VALUES (?, ?)", id, cents);
    }
  }

  async move(from: string, to: string): Promise<void> {
    const value = await this.ctx.storage.get<string>(`doc:${from}`);
    await this.ctx.storage.put(`doc:${to}`, value);
    if (from === to) throw new Error("that is the same"); // want "takes away what the first has stored elsewhere"
    await this.ctx.storage.delete(`doc:${from}`);
  }
}
