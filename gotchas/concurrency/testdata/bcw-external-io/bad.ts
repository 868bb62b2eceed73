import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      const response = await fetch("https://feed.example/latest"); // want "waits for a fetch"
      await ctx.storage.put("latest", await response.text()); // want "waits for a body"
    });
  }

  async restore(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(() => this.#pull());
  }

  async #pull(): Promise<void> {
    const rows = await this.env.BACKUP.getByName("feed").rows(); // want "waits for another object"
    await this.ctx.storage.put("rows", rows);
  }
}
