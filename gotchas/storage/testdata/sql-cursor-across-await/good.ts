import { DurableObject } from "cloudflare:workers";

export class Teams extends DurableObject<Env> {
  async notify(): Promise<void> {
    const { sql } = this.ctx.storage;
    for (const team of sql.exec<{ name: string }>("SELECT name FROM teams").toArray()) { // guard
      await this.env.TEAM.getByName(team.name).notify();
    }
    const calls: (() => Promise<void>)[] = [];
    for (const team of sql.exec<{ name: string }>("SELECT name FROM teams")) { // ok
      calls.push(async () => {
        await this.env.TEAM.getByName(team.name).notify();
      });
    }
    for (const team of [...sql.exec<{ name: string }>("SELECT name FROM teams")]) { // ok
      await this.env.TEAM.getByName(team.name).notify();
    }
  }
}
