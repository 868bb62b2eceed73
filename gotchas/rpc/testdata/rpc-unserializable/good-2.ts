import { DurableObject } from "cloudflare:workers";

class Index {
  constructor(private readonly owner: Library) {}

  count(): number {
    return this.owner.rows().toArray().length;
  }
}

// A helper object in the same isolate asks for the cursor.
export class Library extends DurableObject<Env> {
  #index = new Index(this);

  rows() {
    return this.ctx.storage.sql.exec("SELECT id FROM books LIMIT 50"); // ok
  }

  count(): number {
    return this.#index.count();
  }
}

// What extends it uses the storage.
export abstract class Base extends DurableObject<Env> {
  store() {
    return this.ctx.storage; // ok
  }
}
