import { DurableObject } from "cloudflare:workers";

export class Catalog extends DurableObject<Env> {
  async shelves(): Promise<Record<string, unknown[]>> {
    const sql = this.ctx.storage.sql;
    const out: Record<string, unknown[]> = {};
    for (const { shelf } of sql.exec<{ shelf: string }>("SELECT DISTINCT shelf FROM books LIMIT 50")) {
      const books = await sql.exec("SELECT title FROM books WHERE shelf = ? LIMIT 50", shelf); // ok
      out[shelf] = books.toArray();
    }
    return out;
  }
}
