import { DurableObject } from "cloudflare:workers";

export class Cart extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => { // ok
      ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS items (name TEXT)");
    });
  }

  async restore(items: string[]): Promise<boolean> {
    return this.ctx.blockConcurrencyWhile(async () => { // guard
      try {
        if (items.length === 0) throw new Error("nothing to restore");
        await this.ctx.storage.put("items", items);
        return true;
      } catch {
        return false;
      }
    });
  }
}
