import { DurableObject } from "cloudflare:workers";

export class Wallet extends DurableObject<Env> {
  async charge(amount: number): Promise<number> {
    const balance = (await this.ctx.storage.get<number>("balance")) ?? 0;
    const response = await fetch("https://payments.example/charge");
    if (!response.ok) throw new Error("declined");
    await this.ctx.storage.put("balance", balance - amount); // want "stored value .balance. is read on line 5"
    return balance - amount;
  }

  async credit(request: Request): Promise<void> {
    const { storage } = this.ctx;
    const before = await this.#balance();
    const { amount } = await request.json<{ amount: number }>();
    await storage.put("balance", before + amount); // want "line 15 awaits request.json"
  }

  async #balance(): Promise<number> {
    return (await this.ctx.storage.get<number>("balance")) ?? 0;
  }

  async once(): Promise<void> {
    if (await this.ctx.storage.get("locked")) return;
    await this.env.LEDGER.getByName("main").open();
    await this.ctx.storage.put("locked", true); // want "two requests can both pass"
  }

  async tick(): Promise<void> {
    const sql = this.ctx.storage.sql;
    const row = sql.exec<{ n: number }>("SELECT n FROM ticks WHERE id = 1").one();
    await scheduler.wait(5);
    sql.exec("UPDATE ticks SET n = ? WHERE id = 1", row.n + 1); // want "table .ticks."
  }
}
