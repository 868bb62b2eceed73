import { DurableObject } from "cloudflare:workers";

export class Page extends DurableObject<Env> {
  comments(): string[] {
    if (!this.ctx.storage.kv.get("begun")) return [];
    const rows = this.ctx.storage.sql.exec<{ text: string }>("SELECT text FROM comments ORDER BY id DESC LIMIT 50");
    return [...rows].map((row) => row.text);
  }

  add(text: string): void {
    const { kv, sql } = this.ctx.storage;
    if (!kv.get("begun")) {
      sql.exec("CREATE TABLE IF NOT EXISTS comments (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); // ok
      kv.put("begun", true);
    }
    sql.exec("INSERT INTO comments (text) VALUES (?)", text);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const page = url.searchParams.get("page");
    if (!page) return new Response("which page?", { status: 400 });
    return Response.json(await env.PAGE.getByName(page).comments());
  },
} satisfies ExportedHandler<Env>;
