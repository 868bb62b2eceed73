import { DurableObject } from "cloudflare:workers";

export class Bank extends DurableObject<Env> {
  async transfer(from: string, to: string, amount: number): Promise<void> {
    const sql = this.ctx.storage.sql;
    sql.exec("UPDATE accounts SET balance = balance - ? WHERE id = ?", amount, from);
    const target = sql.exec("SELECT id FROM accounts WHERE id = ?", to).toArray()[0];
    if (!target) throw new Error(`no account ${to}`); // want "keeps the write on line 6 and skips the one on line 9"
    sql.exec("UPDATE accounts SET balance = balance + ? WHERE id = ?", amount, to);
  }

  async order(items: { sku: string; quantity: number }[]): Promise<string> {
    const id = crypto.randomUUID();
    this.ctx.storage.sql.exec("INSERT INTO orders (id, placed) VALUES (?, ?)", id, Date.now());
    for (const item of items) {
      if (item.quantity < 1) throw new RangeError("quantity"); // want "both store the id that was made here"
      this.ctx.storage.sql.exec("INSERT INTO items (order_id, sku, quantity) VALUES (?, ?, ?)", id, item.sku, item.quantity);
    }
    return id;
  }
}
