import { DurableObject } from "cloudflare:workers";

const POLL_INTERVAL_MS = 60_000;

export class Poller extends DurableObject<Env> {
  async start(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + POLL_INTERVAL_MS); // want "POLL_INTERVAL_MS says that this repeats, but alarm.. on line 10"
  }

  async alarm(): Promise<void> {
    const response = await fetch("https://source.example");
    await this.ctx.storage.put("latest", await response.text());
  }
}
