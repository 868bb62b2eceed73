import { DurableObject } from "cloudflare:workers";

export class Library extends DurableObject {
  async search(term: string) {
    return this.ctx.storage.sql.exec("SELECT id, title FROM books WHERE instr(lower(title), lower(?)) > 0 LIMIT 20", term).toArray(); // ok
  }

  async beginningWith(term: string) {
    const short = term.slice(0, 12); // guard
    return this.ctx.storage.sql.exec("SELECT id, title FROM books WHERE title LIKE ? LIMIT 20", `${short}%`).toArray(); // ok
  }

  async classics() {
    return this.ctx.storage.sql.exec("SELECT id FROM books WHERE shelf LIKE 'classic%' UNION SELECT id FROM loans LIMIT 20").toArray(); // ok
  }

  async ofKind(kind: "novel" | "poem") {
    return this.ctx.storage.sql.exec("SELECT id FROM books WHERE shelf LIKE ? LIMIT 20", `${kind}%`).toArray(); // ok
  }
}
