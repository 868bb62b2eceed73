import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  add(text: string): void {
    this.ctx.storage.kv.put(`line:${Date.now()}`, text);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const board = await env.BOARDS.get(pathname.slice(1));
    const user = await verified(request, env.SECRET);
    if (!board || !user) return new Response("not found", { status: 404 });
    await env.BOARD.getByName(pathname.slice(1)).add(await request.text()); // ok
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env>;

async function verified(request: Request, secret: string): Promise<string | null> {
  const [user, proof] = (request.headers.get("authorization") ?? "").split(" ");
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${user}${secret}`));
  return user && proof === btoa(String.fromCharCode(...new Uint8Array(hash))) ? user : null;
}
