import { DurableObject } from "cloudflare:workers";

export class Page extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    return new Response(await this.render());
  }

  // Only the object itself calls this.
  async render(): Promise<string> {
    return (await this.ctx.storage.get<string>("text")) ?? "";
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.PAGE.get(env.PAGE.idFromName("front")).fetch(request);
  },
};
