import { DurableObject } from "cloudflare:workers";

export class Catalogue extends DurableObject<Env> {
  private readonly items = this.ctx.storage.sql.exec("SELECT * FROM items").toArray(); // want "all rows of items"
  private readonly all: Map<string, unknown>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.all = new Map(ctx.storage.kv.list()); // want "a list of the whole storage"
    ctx.blockConcurrencyWhile(async () => {
      await this.refresh(); // want "waits for a fetch"
    });
  }

  async refresh(): Promise<void> {
    const answer = await fetch("https://items.example/all");
    await this.ctx.storage.put("text", await answer.text());
  }

  size(): number {
    return this.items.length + this.all.size;
  }
}
