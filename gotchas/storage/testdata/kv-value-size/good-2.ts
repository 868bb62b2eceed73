import { Agent } from "agents";
import { DurableObject } from "cloudflare:workers";

const MAX_BODY = 256 * 1024;

export class Assistant extends Agent<Env, { messages: string[] }> {
  async onRequest(request: Request): Promise<Response> {
    const text = await request.text();
    this.setState({ ...this.state, messages: [...this.state.messages, text].slice(-20) }); // ok
    return new Response("noted");
  }
}

export class Pages extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const html = await request.text();
    if (html.length > MAX_BODY) return new Response("too large", { status: 413 }); // guard
    await this.ctx.storage.put("page", html); // ok
    return new Response(null, { status: 204 });
  }
}
