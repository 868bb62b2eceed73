import { DurableObject } from "cloudflare:workers";

export class Wallet extends DurableObject<Env> {
  async charge(amount: number): Promise<number> {
    const response = await fetch("https://payments.example/charge");
    if (!response.ok) throw new Error("declined");
    const balance = (await this.ctx.storage.get<number>("balance")) ?? 0;
    await this.ctx.storage.put("balance", balance - amount); // guard
    return balance - amount;
  }

  async credit(request: Request): Promise<void> {
    const { amount } = await request.json<{ amount: number }>();
    const before = (await this.ctx.storage.get<number>("balance")) ?? 0;
    await this.ctx.storage.get("settings");
    await this.ctx.storage.put("balance", before + amount); // ok
  }

  async again(): Promise<void> {
    let n = (await this.ctx.storage.get<number>("n")) ?? 0;
    await fetch("https://example.com/" + n);
    n = (await this.ctx.storage.get<number>("n")) ?? 0;
    await this.ctx.storage.put("n", n + 1); // ok
  }

  async locked(): Promise<void> {
    await this.ctx.storage.transaction(async (txn) => {
      const n = (await txn.get<number>("n")) ?? 0;
      await scheduler.wait(1);
      await txn.put("n", n + 1); // ok
    });
  }

  async last(): Promise<void> {
    const seen = await this.ctx.storage.get("seen");
    await fetch("https://example.com/" + String(seen));
    await this.ctx.storage.put("seen-at", Date.now()); // ok
  }

  async cached(): Promise<string> {
    let page = await this.ctx.storage.get<string>("page");
    if (!page) {
      const response = await fetch("https://example.com/page");
      page = await response.text();
      await this.ctx.storage.put("page", page); // ok
    }
    return page;
  }

  hit(): number {
    return this.ctx.storage.sql
      .exec<{ n: number }>("INSERT INTO hits (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1 RETURNING n")
      .one().n;
  }

  async done(id: number): Promise<void> {
    const job = this.ctx.storage.sql.exec<{ id: number; url: string }>("SELECT id, url FROM jobs WHERE id = ?", id).one();
    await fetch(job.url);
    this.ctx.storage.sql.exec("UPDATE jobs SET done = 1 WHERE id = ?", job.id); // ok
  }
}
