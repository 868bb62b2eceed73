import { DurableObject } from "cloudflare:workers";

export class Shop extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, cents INTEGER NOT NULL);
    `);
  }

  async orders() {
    return this.ctx.storage.sql.exec("SELECT o.id, c.id, c.name FROM orders o JOIN customers c ON c.id = o.customer LIMIT 50").toArray(); // want "o.id and c.id"
  }

  async everything() {
    const query = "SELECT * FROM orders JOIN customers ON customers.id = orders.customer LIMIT 50";
    return [...this.ctx.storage.sql.exec(query)]; // want "orders.id and customers.id"
  }
}
