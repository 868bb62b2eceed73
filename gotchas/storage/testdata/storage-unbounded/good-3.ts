import { DurableObject } from "cloudflare:workers";

export class Capped extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, line TEXT);
      CREATE TRIGGER IF NOT EXISTS cap AFTER INSERT ON log BEGIN DELETE FROM log WHERE id <= new.id - 500; END;
    `);
  }

  write(line: string): void {
    this.ctx.storage.sql.exec("INSERT INTO log (line) VALUES (?)", line); // ok
  }
}
