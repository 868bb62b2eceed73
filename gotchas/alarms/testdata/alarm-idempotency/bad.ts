import { DurableObject } from "cloudflare:workers";

interface Env {
  MAIL: Queue<{ to: string }>;
}

export class Newsletter extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const due = this.ctx.storage.sql.exec<{ id: number; to: string }>("SELECT id, recipient AS \"to\" FROM mails WHERE sent = 0 LIMIT 50").toArray();
    for (const { to } of due) {
      await this.env.MAIL.send({ to }); // want "marked as done only on line 13"
    }
    this.ctx.storage.sql.exec("UPDATE mails SET sent = 1 WHERE id <= ?", due.at(-1)?.id ?? 0);
  }
}

export class Reminders extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const waiting = await this.ctx.storage.list<string>({ prefix: "hook:", limit: 20 });
    for (const url of waiting.values()) {
      await fetch(url, { method: "POST" }); // want "marked as done only on line 23"
    }
    await this.ctx.storage.delete([...waiting.keys()]);
  }
}
