import { DurableObject } from "cloudflare:workers";

export class Newsletter extends DurableObject<Env> {
  async publish(text: string): Promise<void> {
    const readers = this.ctx.storage.sql.exec<{ inbox: string }>("SELECT inbox FROM readers").toArray();
    await Promise.all(readers.map(({ inbox }) => this.env.INBOX.getByName(inbox).receive(text))); // want "everything that line 5 reads"
  }

  async ping(): Promise<void> {
    const hooks = await this.ctx.storage.list<string>({ prefix: "hook:" });
    for (const url of hooks.values()) {
      await this.post(url); // ok
    }
  }

  private async post(url: string): Promise<void> {
    const answer = await fetch(url, { method: "POST" }); // want "everything that line 10 reads"
    if (!answer.ok) console.warn(url, answer.status);
  }
}
