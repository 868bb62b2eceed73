import { DurableObject } from "cloudflare:workers";

export class Flags extends DurableObject<Env> {
  private enabled = false;

  set(name: string, on: boolean, tags: string[]): void {
    const { sql } = this.ctx.storage;
    const now = new Date();
    const fresh = name !== "old";
    sql.exec("INSERT INTO flags VALUES (?, ?)", name, on); // want "on is a boolean"
    sql.exec("INSERT INTO flags VALUES (?, ?)", name, now); // want "now is a Date"
    sql.exec("INSERT INTO flags VALUES (?, ?)", name, fresh); // want "fresh is a boolean"
    sql.exec("INSERT INTO flags VALUES (?, ?)", name, tags); // want "tags is an array"
    sql.exec("INSERT INTO flags VALUES (?, ?)", name, this.enabled); // want "this.enabled is a boolean"
    sql.exec("INSERT INTO flags VALUES (?, ?)", ...[name, !on]); // want "!on is a boolean"
    sql.exec("INSERT INTO flags VALUES (?, ?)", name, new Map([[name, 1]])); // want "a collection"
  }
}

function insert(sql: SqlStorage, value: { at: Date }): void {
  sql.exec("INSERT INTO log (at) VALUES (?)", value.at); // want "value.at is a Date"
}
