import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  #all = new Map<string, unknown>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.#all = await ctx.storage.list(); // want "a list of the whole storage"
      await this.#warm();
    });
    const posts = ctx.storage.sql.exec("SELECT * FROM posts").toArray(); // want "all rows of posts"
    console.log(posts.length, this.#all.size);
  }

  async reset(): Promise<void> {
    await this.ctx.storage.deleteAll(); // ok
  }

  async #warm(): Promise<void> {
    await fetch("https://config.example"); // want "Each start of Board waits for a fetch"
  }
}
