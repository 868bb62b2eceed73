import { DurableObject } from "cloudflare:workers";

export class Hook extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    this.ctx.waitUntil(fetch("https://metrics.example").catch(console.error)); // guard
    await fetch("https://hook.example");
    return new Response("ok");
  }
}

export default {
  fetch(_request, _env, ctx): Response {
    ctx.waitUntil(fetch("https://log.example")); // ok
    return new Response("ok");
  },
} satisfies ExportedHandler<Env>;
