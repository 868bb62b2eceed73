import { DurableObject } from "cloudflare:workers";

export class Meter extends DurableObject<Env> {
  async count(): Promise<void> {
    this.measure(); // want "measure awaits"
  }

  private async measure(): Promise<void> {
    await using _span = this.span();
    this.ctx.storage.kv.put("count", (this.ctx.storage.kv.get<number>("count") ?? 0) + 1);
  }

  private span() {
    const from = Date.now();
    return {
      async [Symbol.asyncDispose](): Promise<void> {
        await fetch("https://traces.example/", { method: "POST", body: `${Date.now() - from}` });
      },
    };
  }
}
