import { DurableObject } from "cloudflare:workers";

export class Teams extends DurableObject<Env> {
  async notify(): Promise<void> {
    const teams = this.ctx.storage.sql.exec<{ name: string }>("SELECT name FROM teams");
    for (const team of teams) { // want "stays open while line 7 awaits"
      await this.env.TEAM.getByName(team.name).notify();
    }
    for (const [name] of this.ctx.storage.sql.exec("SELECT name FROM teams").raw()) { // want "line 10 awaits fetch"
      await fetch(`https://example.com/${String(name)}`);
    }
  }
}
