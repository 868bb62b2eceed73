import { DurableObject } from "cloudflare:workers";

interface User extends Record<string, SqlStorageValue> {
  id: string;
  name: string;
}

export class Users extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  find(id: string): User | undefined {
    return this.#sql.exec<User>("SELECT * FROM users WHERE id = ?", id).toArray()[0]; // guard
  }

  count(team: string): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM users WHERE team = ?", team).one().n; // ok
  }

  rename(id: string, name: string): User {
    this.#sql.exec("INSERT INTO users (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name", id, name);
    return this.#sql.exec<User>("SELECT * FROM users WHERE id = ?", id).one(); // ok
  }

  add(name: string): User {
    return this.#sql.exec<User>("INSERT INTO users (name) VALUES (?) RETURNING *", name).one(); // ok
  }

  settings(): unknown {
    return this.#sql.exec("SELECT * FROM settings WHERE id = 1").one(); // ok
  }

  has(id: string): boolean {
    try {
      this.#sql.exec("SELECT id FROM users WHERE id = ?", id).one(); // guard
      return true;
    } catch {
      return false;
    }
  }
}
