import { DurableObject } from "cloudflare:workers";

export class Scores extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS scores (player TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT");
  }

  set(player: string, points: number): void {
    this.ctx.storage.sql.exec("INSERT INTO scores (player, points) VALUES (?, ?) ON CONFLICT (player) DO UPDATE SET points = ?", player, points); // want "has 3 parameters and gets 2 values"
  }

  among(from: number, to: number): unknown[] {
    return this.ctx.storage.sql.exec("SELECT player FROM scores WHERE points BETWEEN ?1 AND ?2 AND points <> ?1 LIMIT 20", from, to, from).toArray(); // want "has 2 parameters and gets 3 values"
  }

  first(): unknown[] {
    return this.ctx.storage.sql.exec("SELECT player FROM scores ORDER BY points DESC LIMIT ?").toArray(); // want "has 1 parameter and gets no value"
  }
}
