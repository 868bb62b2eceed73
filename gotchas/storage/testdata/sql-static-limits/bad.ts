import { DurableObject } from "cloudflare:workers";

const DAYS = `SELECT 1 AS day, n FROM monday UNION ALL SELECT 2, n FROM tuesday UNION ALL SELECT 3, n FROM wednesday
  UNION ALL SELECT 4, n FROM thursday UNION ALL SELECT 5, n FROM friday UNION ALL SELECT 6, n FROM saturday`;

export class Library extends DurableObject {
  async search(term: string) {
    return this.ctx.storage.sql.exec("SELECT id, title FROM books WHERE title LIKE ? LIMIT 20", `%${term}%`).toArray(); // want "caller's term"
  }

  async fetch(request: Request): Promise<Response> {
    const author = new URL(request.url).searchParams.get("author") ?? "";
    const rows = this.ctx.storage.sql.exec("SELECT id FROM books WHERE author LIKE '%' || ? || '%' LIMIT 20", author); // want "searchParams"
    return Response.json(rows.toArray());
  }

  async borrowed() {
    return this.ctx.storage.sql.exec(DAYS).toArray(); // want "6 terms"
  }
}
