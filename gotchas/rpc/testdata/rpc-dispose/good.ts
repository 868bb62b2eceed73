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

  async title(): Promise<string> {
    return (await this.ctx.storage.get<string>("title")) ?? "";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const book = env.BOOK.getByName(request.url);
    const title = await book.title(); // ok
    using reading = await book.open(); // guard
    return new Response(`${title}: ${await reading.next()}`);
  },
} satisfies ExportedHandler<Env>;
