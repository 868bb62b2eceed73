import { DurableObject } from "cloudflare:workers";

interface Job {
  id: string;
  at: number;
}

export class Reminders extends DurableObject<Env> {
  async schedule(job: Job): Promise<void> {
    this.ctx.storage.sql.exec("INSERT INTO jobs (id, due) VALUES (?, ?)", job.id, job.at);
    await this.#arm();
  }

  async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM jobs WHERE due <= ?", Date.now());
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const { due } = this.ctx.storage.sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM jobs").one();
    if (due !== null) await this.ctx.storage.setAlarm(due); // guard
  }
}
