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

export class Exports extends DurableObject<Env> {
  *rows() {
    for (const row of this.ctx.storage.sql.exec("SELECT * FROM lines ORDER BY id")) yield row; // ok
  }

  async newest(): Promise<unknown> {
    const cursor = this.ctx.storage.sql.exec("SELECT * FROM lines ORDER BY id DESC LIMIT 10");
    const lines = cursor.toArray(); // ok
    const title = await this.ctx.storage.get<string>("title");
    return { title, lines, read: cursor.rowsRead };
  }
}
