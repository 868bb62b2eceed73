import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject<Env> {
  list() {
    return this.ctx.storage.sql.exec("SELECT id, body FROM notes LIMIT 50"); // want "list returns a SQL cursor"
  }

  store() {
    const { storage } = this.ctx;
    return storage; // want "store returns the storage"
  }
}
