import { DurableObject } from "cloudflare:workers";

interface Job {
  id: string;
  at: number;
}

export class Reminders extends DurableObject<Env> {
  async schedule(job: Job): Promise<void> {
    this.ctx.storage.sql.exec("INSERT INTO jobs (id, due) VALUES (?, ?)", job.id, job.at);
    await this.ctx.storage.setAlarm(job.at); // want "stores a time of its own .line 10."
  }

  async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM jobs WHERE due <= ?", Date.now());
  }
}
