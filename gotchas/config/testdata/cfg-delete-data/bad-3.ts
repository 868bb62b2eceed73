import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async join(user: string) {
    await this.ctx.storage.put(`member:${user}`, Date.now());
  }
}

export class Log extends DurableObject<Env> {
  async add(line: string) {
    this.ctx.storage.sql.exec("INSERT INTO lines (line) VALUES (?)", line);
  }
}
