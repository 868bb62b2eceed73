import { DurableObject } from "cloudflare:workers";

interface Env {
  MAIL: Queue<{ to: string }>;
}

export class Newsletter extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const due = this.ctx.storage.sql.exec<{ id: number; to: string }>("SELECT id, recipient AS \"to\" FROM mails WHERE sent = 0 LIMIT 50").toArray();
    for (const { id, to } of due) {
      await this.env.MAIL.send({ to }); // ok
      this.ctx.storage.sql.exec("UPDATE mails SET sent = 1 WHERE id = ?", id); // guard
    }
  }
}

export class Reminders extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const waiting = await this.ctx.storage.list<string>({ prefix: "hook:", limit: 20 });
    for (const [key, url] of waiting) {
      await fetch(url, { method: "POST", headers: { "idempotency-key": key } }); // ok
    }
    await this.ctx.storage.delete([...waiting.keys()]);
  }
}
