import { DurableObject, RpcTarget } from "cloudflare:workers";

class Reading extends RpcTarget {
  #lines: string[];

  constructor(lines: string[]) {
    super();
    this.#lines = lines;
  }

  next(): string | undefined {
    return this.#lines.shift();
  }
}

export class Book extends DurableObject<Env> {
  async open(): Promise<Reading> {
    return new Reading((await this.ctx.storage.get<string[]>("lines")) ?? []);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const reading = await env.BOOK.getByName(request.url).open(); // want "open returns a stub"
    return new Response(await reading.next());
  },
} satisfies ExportedHandler<Env>;
