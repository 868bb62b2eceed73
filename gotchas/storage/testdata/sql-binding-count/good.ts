import { DurableObject } from "cloudflare:workers";

export class Scores extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS scores (player TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT");
  }

  set(player: string, points: number): void {
    this.ctx.storage.sql.exec("INSERT INTO scores (player, points) VALUES (?1, ?2) ON CONFLICT (player) DO UPDATE SET points = ?2", player, points); // guard
  }

  among(from: number, to: number): unknown[] {
    return this.ctx.storage.sql.exec("SELECT player, 'why?' AS note FROM scores WHERE points BETWEEN :from AND :to LIMIT 20", from, to).toArray(); // guard
  }

  several(players: string[]): unknown[] {
    const marks = players.map(() => "?").join(", ");
    return this.ctx.storage.sql.exec(`SELECT points FROM scores WHERE player IN (${marks}) LIMIT 100`, ...players).toArray();
  }

  first(values: [number]): unknown[] {
    return this.ctx.storage.sql.exec("SELECT player FROM scores ORDER BY points DESC LIMIT ?", ...values).toArray();
  }
}
