import { DurableObject } from "cloudflare:workers";

export class Lease extends DurableObject<Env> {
  async renew(ms: number): Promise<void> {
    const storage = this.ctx.storage;
    await this.#arm(storage, Date.now() + ms);
  }

  async #arm(storage: DurableObjectStorage, at: number): Promise<void> {
    await storage.setAlarm(at);
  }

  async drop(): Promise<void> {
    await this.#clear();
  }

  async #clear(): Promise<void> {
    await this.ctx.storage.deleteAll(); // want "keeps the alarm"
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 1000);
    await this.ctx.storage.deleteAll(); // want "keeps the alarm"
  }
}
