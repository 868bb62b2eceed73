import { DurableObject } from "cloudflare:workers";

export class Team extends DurableObject<Env> {
  sql = this.ctx.storage.sql;

  click(who: string): void {
    this.record(who);
  }

  private record(who: string): void {
    this.sql.exec("INSERT INTO presses (who, created_at) VALUES (?, ?)", who, Date.now()); // want "presses gets a new row"
  }
}
