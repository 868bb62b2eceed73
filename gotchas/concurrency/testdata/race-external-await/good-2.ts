import { DurableObject } from "cloudflare:workers";

type Order = { state: "open" | "charging" | "paid"; cents: number };

export class Outbox extends DurableObject<Env> {
  async flush(): Promise<void> {
    const mails = (await this.ctx.storage.get<string[]>("mails")) ?? [];
    await this.ctx.storage.put("mails", []); // ok
    await fetch("https://mail.example", { method: "POST", body: JSON.stringify(mails) });
  }

  async work(): Promise<void> {
    const [job] = this.ctx.storage.sql.exec<{ id: number; url: string }>("SELECT id, url FROM jobs WHERE state = 'new' LIMIT 1").toArray();
    if (!job) return;
    this.ctx.storage.sql.exec("UPDATE jobs SET state = 'taken' WHERE id = ?", job.id);
    await fetch(job.url);
    this.ctx.storage.sql.exec("UPDATE jobs SET state = 'done' WHERE id = ? AND state = 'taken'", job.id); // ok
  }

  async pay(): Promise<void> {
    const order = await this.ctx.storage.get<Order>("order");
    if (order?.state !== "open") return;
    await this.ctx.storage.put("order", { ...order, state: "charging" }); // guard
    await fetch("https://pay.example", { method: "POST" });
    await this.ctx.storage.put("order", { ...order, state: "paid" }); // ok
  }

  async points(player: string): Promise<void> {
    const [row] = this.ctx.storage.sql.exec<{ n: number }>("SELECT n FROM points WHERE player = ?", player).toArray();
    const bonus = await fetch(`https://bonus.example/${row?.n ?? 0}`);
    this.ctx.storage.sql.exec("UPDATE points SET n = n + ? WHERE player = ?", Number(await bonus.text()), player); // ok
  }

  async finish(id: string): Promise<void> {
    const url = await this.ctx.storage.get<string>(`job:${id}`);
    if (!url) return;
    await fetch(url, { method: "POST" });
    await this.ctx.storage.delete(`job:${id}`); // ok
  }

  // Two runs of alarm() never overlap, and nothing else writes "tried".
  async alarm(): Promise<void> {
    const tried = (await this.ctx.storage.get<number>("tried")) ?? 0;
    await fetch("https://example.com");
    await this.ctx.storage.put("tried", tried + 1); // ok
  }
}
