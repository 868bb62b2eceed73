import { DurableObject } from "cloudflare:workers";

export class Stock extends DurableObject<Env> {
  async take(): Promise<number> {
    const left = (await this.ctx.storage.get<number>("left")) ?? 0;
    await this.ctx.storage.put("left", left - 1);
    return left - 1;
  }

  async list(): Promise<Map<string, number>> {
    // { allowConcurrency: true } is not worth its risk here.
    return this.ctx.storage.list<number>({ prefix: "item:", limit: 100 }); // ok
  }
}
