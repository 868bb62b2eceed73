import { DurableObject } from "cloudflare:workers";

export class Stock extends DurableObject<Env> {
  async take(): Promise<number> {
    const left = (await this.ctx.storage.get<number>("left", { allowConcurrency: true })) ?? 0; // want "allowConcurrency on get"
    await this.ctx.storage.put("left", left - 1, { allowUnconfirmed: true }); // want "allowUnconfirmed on put"
    return left - 1;
  }
}
