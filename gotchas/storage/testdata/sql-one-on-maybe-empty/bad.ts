import { DurableObject } from "cloudflare:workers";

interface User extends Record<string, SqlStorageValue> {
  id: string;
  name: string;
}

export class Users extends DurableObject<Env> {
  find(id: string): User | null {
    const user = this.ctx.storage.sql.exec<User>("SELECT * FROM users WHERE id = ?", id).one(); // want "!user on line 11 never sees"
    if (!user) {
      return null;
    }
    return user;
  }

  name(id: string): string {
    return this.ctx.storage.sql.exec<User>("SELECT name FROM users WHERE id = ?", id).one()?.name ?? "unknown"; // want "never sees a missing row"
  }

  get(id: string): User {
    const { sql } = this.ctx.storage;
    return sql.exec<User>("SELECT * FROM users WHERE id = ?", id).one(); // want "finds nothing for the caller's value"
  }
}

export class Orders extends DurableObject<Env> {
  #order(id: string) {
    return this.ctx.storage.sql.exec<User>("SELECT * FROM orders WHERE id = ?", id).one(); // want "!order on line 34 never sees"
  }

  cancel(id: string): boolean {
    const order = this.#order(id);
    if (!order) return false;
    this.ctx.storage.sql.exec("DELETE FROM orders WHERE id = ?", id);
    return true;
  }
}
