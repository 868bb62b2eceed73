import { DurableObject } from "cloudflare:workers";

export class Page extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    return new Response(request.url);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const page = env.PAGE.getByName("start");
    const { pathname, search } = new URL(request.url);
    if (request.method === "PUT") return page.fetch(pathname + search, request); // want "is a path"
    if (request.method === "POST") return page.fetch(new Request("/new", request)); // want "This Request is made from a path"
    const url = new URL(request.url);
    if (request.method === "DELETE") return page.fetch(`${url.pathname}/gone`); // want "is a path"
    return page.fetch("start"); // want "is a path"
  },
} satisfies ExportedHandler<Env>;
