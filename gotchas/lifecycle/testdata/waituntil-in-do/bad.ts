import { DurableObject } from "cloudflare:workers";

export class Hook extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    this.ctx.waitUntil(fetch("https://hook.example")); // want "At compatibility date 2026-01-01 this does nothing"
    const { ctx } = this;
    ctx.waitUntil(ctx.storage.sql.exec("INSERT INTO log VALUES (1)")); // want "gives a cursor"
    return new Response("ok");
  }
}
