import { DurableObject } from "cloudflare:workers";

export class Outbox extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const due = this.ctx.storage.sql.exec<{ url: string }>("SELECT url FROM hooks WHERE due <= ? LIMIT 50", Date.now()).toArray();
    for (const hook of due) { // guard
      await fetch(hook.url, { method: "POST" });
    }
    if (due.length === 50) await this.ctx.storage.setAlarm(Date.now());
  }
}

export class Keys extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const pending = await this.ctx.storage.list<string>({ prefix: "hook:", limit: 100 });
    for (const url of pending.values()) { // guard
      await fetch(url);
    }
    for (const key of pending.keys()) { // ok
      await this.ctx.storage.delete(key);
    }
    for (const url of ["https://a.example", "https://b.example"]) { // ok
      await fetch(url);
    }
  }
}
