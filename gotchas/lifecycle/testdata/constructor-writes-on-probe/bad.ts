import { DurableObject } from "cloudflare:workers";

export class Page extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS comments (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); // want "Line 20 takes the object's name from the request unchecked"
  }

  comments(): string[] {
    const rows = this.ctx.storage.sql.exec<{ text: string }>("SELECT text FROM comments ORDER BY id DESC LIMIT 50");
    return [...rows].map((row) => row.text);
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
