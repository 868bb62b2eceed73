import { DurableObject } from "cloudflare:workers";

const HOUR = 60 * 60 * 1000;
const TTL_SECONDS = 900;

export class Session extends DurableObject<Env> {
  async start(delay: number): Promise<void> {
    await this.ctx.storage.setAlarm(60_000); // want "60_000 is a point in time in January 1970"
    await this.ctx.storage.setAlarm(HOUR); // want "HOUR is a point in time"
    await this.ctx.storage.setAlarm(Math.floor(Date.now() / 1000) + 60); // want "a time in seconds"
    await this.ctx.storage.setAlarm(delay); // want "delay reads like a delay"
    await this.ctx.storage.setAlarm(Date.now() + TTL_SECONDS); // want "its name says seconds"
    await this.ctx.storage.setAlarm(Date.now() + 3600); // want "3600 milliseconds from now"
    await this.ctx.storage.setAlarm(0); // want "no point in time"
  }

  async alarm(): Promise<void> {}
}
