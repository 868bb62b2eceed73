import { DurableObject } from "cloudflare:workers";

export class Metrics extends DurableObject<Env> {
  async record(name: string, value: number): Promise<void> {
    await this.ctx.storage.put(`metric:${name}`, value);
  }

  async all(): Promise<unknown> {
    const entries = await this.ctx.storage.list(); // want "line 5 writes keys that depend on data"
    return Object.fromEntries(entries);
  }

  async newest(): Promise<unknown> {
    const { storage } = this.ctx;
    return storage.list({ reverse: true }); // want "All keys are loaded at once"
  }
}
