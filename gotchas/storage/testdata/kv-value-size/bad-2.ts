import { Agent } from "agents";
import { Actor, Persist } from "@cloudflare/actors";
import { DurableObject } from "cloudflare:workers";

const MAX_BODY = 10 * 1024 * 1024;

export class Assistant extends Agent<Env, { messages: string[] }> {
  async onRequest(request: Request): Promise<Response> {
    const text = await request.text();
    this.setState({ ...this.state, messages: [...this.state.messages, text] }); // want "this.state.messages gets longer"
    return new Response("noted");
  }
}

export class Counter extends Actor<Env> {
  @Persist
  private stats: Record<string, number[]> = { hits: [] };

  async fetch(request: Request): Promise<Response> {
    this.stats.hits.push(Date.now()); // want "this.stats gets longer"
    return new Response(String(this.stats.hits.length));
  }
}

export class Pages extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (Number(request.headers.get("content-length")) > MAX_BODY) return new Response("too large", { status: 413 });
    return this.#keep(new URL(request.url).pathname, await request.text());
  }

  async #keep(path: string, html: string): Promise<Response> {
    await this.ctx.storage.put(`page:${path}`, html); // want "bodies of up to 10485760 bytes"
    return new Response(null, { status: 204 });
  }
}
