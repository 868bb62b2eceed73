import { DurableObject } from "cloudflare:workers";

const CHUNK = 1_000_000;

export class Files extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const body = await request.arrayBuffer();
    if (body.byteLength > 50_000_000) return new Response("too large", { status: 413 });
    const info = { size: body.byteLength, chunks: Math.ceil(body.byteLength / CHUNK) };
    await this.ctx.storage.put("info", JSON.stringify(info)); // ok
    for (let i = 0; i < info.chunks; i++) {
      await this.ctx.storage.put(`chunk:${i}`, body.slice(i * CHUNK, (i + 1) * CHUNK)); // ok
    }
    return new Response(null, { status: 204 });
  }
}
