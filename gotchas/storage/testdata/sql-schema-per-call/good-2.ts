import { DurableObject } from "cloudflare:workers";

export class Log extends DurableObject {
  #ready = false;

  async add(line: string) {
    if (!this.#ready) {
      this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY, line TEXT NOT NULL)"); // ok
      this.#ready = true;
    }
    this.ctx.storage.sql.exec("INSERT INTO lines (line) VALUES (?)", line);
  }
}
