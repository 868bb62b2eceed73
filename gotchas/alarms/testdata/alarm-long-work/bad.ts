import { DurableObject } from "cloudflare:workers";

export class Outbox extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const due = this.ctx.storage.sql.exec<{ url: string }>("SELECT url FROM hooks WHERE due <= ?", Date.now()).toArray();
    for (const hook of due) { // want "all rows of the query on line 5"
      await fetch(hook.url, { method: "POST" });
    }
  }
}

export class Keys extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const pending = await this.ctx.storage.list<string>({ prefix: "hook:" });
    for (const [key, url] of pending) { // want "all keys that list.. on line 14"
      await fetch(url);
      await this.ctx.storage.delete(key);
    }
  }
}
