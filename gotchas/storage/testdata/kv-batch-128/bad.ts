import { DurableObject } from "cloudflare:workers";

export class Cache extends DurableObject {
  async forget(paths: string[]) {
    await this.ctx.storage.delete(paths.map((path) => `page:${path}`)); // want "128 or below"
  }

  async forgetAll() {
    const pages = await this.ctx.storage.list({ prefix: "page:" });
    await this.ctx.storage.delete([...pages.keys()]); // want "128 or below"
  }
}
