import { DurableObject } from "cloudflare:workers";

const POLL_INTERVAL_MS = 60_000;

export class Poller extends DurableObject<Env> {
  async start(): Promise<void> {
    await this.#again();
  }

  async alarm(): Promise<void> {
    try {
      await fetch("https://source.example");
    } finally {
      await this.#again();
    }
  }

  async #again(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + POLL_INTERVAL_MS); // guard
  }
}

export class Limiter extends DurableObject<Env> {
  async hit(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + POLL_INTERVAL_MS); // ok
    }
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}

export class Once extends DurableObject<Env> {
  async remind(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at); // ok
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.delete("reminder");
  }
}
