import { DurableObject } from "cloudflare:workers";

export class Bank extends DurableObject<Env> {
  move(from: string, to: string, amount: number): void {
    const sql = this.ctx.storage.sql;
    sql.exec("BEGIN TRANSACTION"); // want "refuses the statement BEGIN"
    try {
      sql.exec("UPDATE accounts SET n = n - ? WHERE id = ?", amount, from);
      sql.exec("UPDATE accounts SET n = n + ? WHERE id = ?", amount, to);
      sql.exec("COMMIT"); // want "COMMIT"
    } catch (error) {
      sql.exec("rollback"); // want "ROLLBACK"
      throw error;
    }
  }

  tidy(): void {
    this.ctx.storage.sql.exec("SAVEPOINT tidy"); // want "SAVEPOINT"
    this.ctx.storage.sql.exec(`
      DELETE FROM accounts WHERE n = 0;
    `);
  }
}
