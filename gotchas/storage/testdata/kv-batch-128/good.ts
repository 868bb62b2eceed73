import { DurableObject } from "cloudflare:workers";

export class Cache extends DurableObject {
  async forget(paths: string[]) {
    for (let i = 0; i < paths.length; i += 128) {
      const some = paths.slice(i, i + 128); // guard
      await this.ctx.storage.delete(some.map((path) => `page:${path}`)); // ok
    }
  }

  async forgetAll() {
    for (;;) {
      const pages = await this.ctx.storage.list({ prefix: "page:", limit: 128 }); // guard
      if (pages.size === 0) return;
      await this.ctx.storage.delete([...pages.keys()]); // ok
    }
  }

  async forgetSettings() {
    await this.ctx.storage.delete(["theme", "language"]); // ok
  }
}
