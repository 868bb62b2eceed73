import { DurableObject } from "cloudflare:workers";

export class Log extends DurableObject {
  async add(line: string) {
    this.ensureTable(); // ok
    this.ctx.storage.sql.exec("INSERT INTO lines (line) VALUES (?)", line);
  }

  private ensureTable() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY, line TEXT NOT NULL)"); // want "add creates its tables in every call"
  }
}
