import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  add(text: string): void {
    this.ctx.storage.kv.put(`line:${Date.now()}`, text);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    await env.BOARD.getByName(pathname.slice(1)).add(await request.text()); // want "whatever the request says"
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env>;
