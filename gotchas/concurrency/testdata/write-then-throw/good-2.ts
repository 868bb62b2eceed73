import { DurableObject } from "cloudflare:workers";

export class Shop extends DurableObject<Env> {
  // A limiter counts the attempt that it refuses: "UPDATE hits SET n = n + 1; throw" is meant.
  limit(user: string): void {
    const { n } = this.ctx.storage.sql.exec<{ n: number }>("UPDATE hits SET n = n + 1 WHERE user = ? RETURNING n", user).one();
    if (n > 10) throw new Error("slow down"); // ok
    this.ctx.storage.sql.exec("UPDATE hits SET allowed = allowed + 1 WHERE user = ?", user);
  }

  // The order is claimed first; what the shop answers is not known before.
  async buy(sku: string): Promise<string> {
    const id = crypto.randomUUID();
    await this.ctx.storage.put(`order:${id}`, { sku, state: "open" });
    const response = await fetch("https://pay.example/" + id);
    if (!response.ok) throw new Error("declined"); // ok
    await this.ctx.storage.put(`receipt:${id}`, response.status);
    return id;
  }

  // The attempt is noted whatever comes of it.
  post(text: string): void {
    const id = crypto.randomUUID();
    this.ctx.storage.sql.exec("INSERT INTO audit_log (id, at) VALUES (?, ?)", id, Date.now());
    if (text === "") throw new Error("empty"); // ok
    this.ctx.storage.sql.exec("INSERT INTO posts (id, text) VALUES (?, ?)", id, text);
  }

  // What was taken is put back.
  move(sku: string, to: string, n: number): void {
    const sql = this.ctx.storage.sql;
    sql.exec("UPDATE stock SET n = n - ? WHERE sku = ?", n, sku);
    if (to === "") {
      sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, sku);
      throw new Error("nowhere"); // ok
    }
    sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, to);
  }

  // Somebody catches it and undoes both.
  swap(a: string, b: string, n: number): void {
    const sql = this.ctx.storage.sql;
    try {
      sql.exec("UPDATE stock SET n = n - ? WHERE sku = ?", n, a);
      if (a === b) throw new Error("the same"); // ok
      sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, b);
    } catch (error) {
      sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, a);
      throw error; // ok
    }
  }

  // Neither write needs the other.
  rename(name: string): void {
    const { storage } = this.ctx;
    storage.kv.put("renamed", Date.now());
    if (name === "") throw new Error("empty"); // ok
    storage.kv.put("name", name);
  }

  // One branch writes, the other throws.
  pick(a: string, b: string, n: number): void {
    const sql = this.ctx.storage.sql;
    if (n > 0) {
      sql.exec("UPDATE stock SET n = n - ? WHERE sku = ?", n, a);
    } else {
      throw new RangeError("n"); // ok
    }
    sql.exec("UPDATE stock SET n = n + ? WHERE sku = ?", n, b); // guard
  }
}
