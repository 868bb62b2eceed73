import { DurableObject } from "cloudflare:workers";

export class Worker extends DurableObject<Env> {
  async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM jobs WHERE done = 1");
    await this.ctx.storage.setAlarm(Date.now() + 100); // want "sets the next one 100 ms ahead"
  }
}

export class Spinner extends DurableObject<Env> {
  async alarm(): Promise<void> {
    try {
      await fetch("https://example.com/");
    } finally {
      await this.#again();
    }
  }

  async #again(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now()); // want "0 ms ahead"
  }
}
