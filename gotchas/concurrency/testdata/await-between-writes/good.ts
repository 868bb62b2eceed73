import { DurableObject } from "cloudflare:workers";

export class Bank extends DurableObject<Env> {
  async transfer(from: string, to: string, amount: number): Promise<void> {
    const sql = this.ctx.storage.sql;
    await fetch("https://audit.example/transfers", { method: "POST", body: from });
    sql.exec("UPDATE accounts SET balance = balance - ? WHERE id = ?", amount, from);
    sql.exec("UPDATE accounts SET balance = balance + ? WHERE id = ?", amount, to); // guard
  }

  async replace(names: string[]): Promise<void> {
    const { storage } = this.ctx;
    await storage.put("names", names);
    await storage.put("count", names.length); // guard
    await this.env.INDEX.getByName("names").rebuild(names);
  }
}
