import { DurableObject } from "cloudflare:workers";

export class Shop extends DurableObject<Env> {
  // The order is claimed, then paid; the receipt is the answer.
  async buy(sku: string): Promise<void> {
    const id = crypto.randomUUID();
    await this.ctx.storage.put(`order:${id}`, { sku });
    const response = await fetch("https://pay.example/" + id);
    await this.ctx.storage.put(`receipt:${id}`, await response.text()); // ok
  }

  // Only a paid order gets its lines.
  async buyIf(sku: string): Promise<void> {
    const id = crypto.randomUUID();
    await this.ctx.storage.put(`order:${id}`, { sku });
    const response = await fetch("https://pay.example/" + id);
    if (!response.ok) return;
    await this.ctx.storage.put(`line:${id}`, { sku }); // ok
  }

  // Progress of one job: each state stands for itself.
  async job(id: string): Promise<void> {
    const sql = this.ctx.storage.sql;
    sql.exec("UPDATE jobs SET state = 'running', tries = tries + 1 WHERE id = ?", id);
    await fetch("https://work.example/" + id);
    sql.exec("UPDATE jobs SET state = 'done', tries = 0 WHERE id = ?", id); // ok
  }

  // A counter of runs going on: up, work, down. "put(a); await fetch(); put(b)" is meant.
  async work(): Promise<void> {
    await this.ctx.storage.put("started", Date.now());
    await fetch("https://work.example/");
    await this.ctx.storage.put("finished", Date.now()); // ok
  }

  // Everything waits in one exclusive region.
  async locked(from: string, to: string, n: number): Promise<void> {
    const sql = this.ctx.storage.sql;
    await this.ctx.blockConcurrencyWhile(async () => {
      sql.exec("UPDATE stock SET n = n - ? WHERE sku = ?", n, from);
      await scheduler.wait(1);
      sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, to); // ok
    });
  }

  // A catch takes care of the half.
  async careful(from: string, to: string, n: number): Promise<void> {
    const sql = this.ctx.storage.sql;
    try {
      sql.exec("UPDATE stock SET n = n - ? WHERE sku = ?", n, from);
      await fetch("https://audit.example/");
      sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, to); // ok
    } catch {
      sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, from);
    }
  }

  // A slot is taken while the work runs, and given back.
  async slot(name: string): Promise<void> {
    const sql = this.ctx.storage.sql;
    sql.exec("UPDATE slots SET taken = taken + 1 WHERE name = ?", name);
    await fetch("https://work.example/" + name);
    sql.exec("UPDATE slots SET taken = taken - 1 WHERE name = ?", name); // ok
  }
}
