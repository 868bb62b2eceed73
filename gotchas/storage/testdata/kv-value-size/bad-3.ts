import { DurableObject } from "cloudflare:workers";

export class Pages extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const html = await request.text();
    if (html.length > 1_000_000) return new Response("too large", { status: 413 });
    await this.ctx.storage.put("page", html); // want "128 KiB, because the class has the key-value backend"
    return new Response(null, { status: 204 });
  }
}
