import { DurableObject } from "cloudflare:workers";

export class Metrics extends DurableObject<Env> {
  async record(name: string, value: number): Promise<void> {
    await this.ctx.storage.put(`metric:${name}`, value);
  }

  async page(after: string): Promise<unknown> {
    return this.ctx.storage.list({ prefix: "metric:", startAfter: after, limit: 100 }); // guard
  }

  first(): unknown {
    for (const [key] of this.ctx.storage.kv.list()) return key; // ok
  }

  async elsewhere(): Promise<unknown> {
    return this.env.BUCKET.list(); // ok
  }
}

export class Settings extends DurableObject<Env> {
  async save(theme: string, size: number): Promise<void> {
    await this.ctx.storage.put("theme", theme);
    await this.ctx.storage.put({ size });
  }

  async all(): Promise<unknown> {
    return this.ctx.storage.list(); // ok
  }
}
