import { DurableObject } from "cloudflare:workers";

export class Newsletter extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const readers = this.ctx.storage.sql.exec<{ inbox: string }>("SELECT inbox FROM readers WHERE sent = 0 LIMIT 40").toArray();
    for (const { inbox } of readers) {
      await this.env.INBOX.getByName(inbox).receive("news"); // ok
      this.ctx.storage.sql.exec("UPDATE readers SET sent = 1 WHERE inbox = ?", inbox);
    }
    if (readers.length > 0) await this.ctx.storage.setAlarm(Date.now() + 1_000);
  }

  async ping(): Promise<void> {
    for (const url of ["https://a.example", "https://b.example"]) await fetch(url); // ok
  }

  count(): number {
    let n = 0;
    for (const _ of this.ctx.storage.sql.exec("SELECT inbox FROM readers")) n++; // ok
    return n;
  }
}
