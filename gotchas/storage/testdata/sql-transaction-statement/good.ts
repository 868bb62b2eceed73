import { DurableObject } from "cloudflare:workers";

export class Bank extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, n INTEGER);
      CREATE TRIGGER IF NOT EXISTS log_change AFTER UPDATE ON accounts
      BEGIN
        INSERT INTO changes VALUES (CASE WHEN new.n < 0 THEN 'BEGIN' ELSE 'END' END);
      END;
    `); // ok
  }

  move(from: string, to: string, amount: number): void {
    const sql = this.ctx.storage.sql;
    this.ctx.storage.transactionSync(() => { // guard
      sql.exec("UPDATE accounts SET n = n - ? WHERE id = ?", amount, from);
      sql.exec("UPDATE accounts SET n = n + ? WHERE id = ?", amount, to);
    });
  }

  note(): void {
    this.ctx.storage.sql.exec("INSERT INTO notes (text) VALUES ('COMMIT; ROLLBACK')"); // ok
    // sql.exec("BEGIN")
  }

  async elsewhere(): Promise<void> {
    await this.env.DB.exec("BEGIN"); // ok
  }
}
