import { DurableObject } from "cloudflare:workers";

const MIGRATIONS = [
  "CREATE TABLE rooms (name TEXT PRIMARY KEY, topic TEXT,) STRICT", // want "syntax error"
  "CREATE TABLE guests (name STRING NOT NULL, room TEXT NOT NULL) STRICT", // want "unknown datatype for guests.name"
  "CREATE TABLE keys (label TEXT PRIMARY KEY, room TEXT)",
  "ALTER TABLE keys ADD COLUMN lent INTEGER NOT NULL DEFAULT 0",
];

export class Hotel extends DurableObject<Env> {
  migrate(): void {
    for (const step of MIGRATIONS) this.ctx.storage.sql.exec(step);
  }

  lend(label: string): void {
    this.ctx.storage.sql.exec("UPDATE keys SET lent = 1 WHERE label = ?", label); // guard
    this.ctx.storage.sql.exec("INSERT INTO keys (label) VALUES (?) ON CONFLICT (room) DO NOTHING", label); // want "ON CONFLICT clause does not match"
    this.ctx.storage.sql.exec("DELETE FROM kyes WHERE label = ?", label); // ok
  }
}
