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

export class Exports extends DurableObject<Env> {
  async *rows() {
    for (const row of this.ctx.storage.sql.exec("SELECT * FROM lines ORDER BY id")) { // want "stays open"
      yield row;
    }
  }

  async newest(): Promise<unknown> {
    const cursor = this.ctx.storage.sql.exec("SELECT * FROM lines ORDER BY id DESC LIMIT 10");
    const title = await this.ctx.storage.get<string>("title");
    return { title, lines: cursor.toArray() }; // want "awaits this.ctx.storage.get"
  }

  async copy(to: WritableStreamDefaultWriter): Promise<void> {
    const cursor = this.ctx.storage.sql.exec("SELECT * FROM lines");
    for (let next = cursor.next(); !next.done; next = cursor.next()) { // want "row by row"
      await to.write(next.value);
    }
  }
}
