import { DurableObject } from "cloudflare:workers";

export class Profile extends DurableObject<Env> {
  async clear(): Promise<void> {
    await this.ctx.storage.delete("name"); // guard
    await this.ctx.storage.put("name", null); // ok
    await this.ctx.storage.put("settings", { theme: undefined }); // ok
  }

  async save(entries: Record<string, string>): Promise<void> {
    await this.ctx.storage.put(entries); // ok
    await this.env.CACHE.put("name"); // ok
  }
}
