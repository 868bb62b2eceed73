import { DurableObject } from "cloudflare:workers";

const PAGE = /^[a-z0-9-]{1,60}$/;

export class Page extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS comments (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); // ok
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
    if (!isPage(page)) return new Response("which page?", { status: 400 });
    return Response.json(await env.PAGE.getByName(page).comments()); // guard
  },
} satisfies ExportedHandler<Env>;

function isPage(name: string | null): name is string {
  return name !== null && PAGE.test(name);
}
