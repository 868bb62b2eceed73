import { DurableObject } from "cloudflare:workers";

export class Shop extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS addresses (id INTEGER PRIMARY KEY, street TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, cents INTEGER NOT NULL);
    `);
  }

  async orders() {
    return this.ctx.storage.sql.exec("SELECT o.id, c.id AS customer, c.name FROM orders o JOIN customers c ON c.id = o.customer LIMIT 50").toArray(); // guard
  }

  async addresses() {
    return this.ctx.storage.sql.exec("SELECT * FROM customers c JOIN addresses a ON a.id = c.id LIMIT 50").toArray(); // ok
  }

  async table() {
    return this.ctx.storage.sql.exec("SELECT o.id, c.id FROM orders o JOIN customers c ON c.id = o.customer LIMIT 50").raw().toArray(); // ok
  }

  async namesOf() {
    return this.ctx.storage.sql.exec("SELECT name FROM customers WHERE id IN (SELECT customer FROM orders) LIMIT 50").toArray(); // ok
  }
}
