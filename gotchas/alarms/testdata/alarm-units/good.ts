import { DurableObject } from "cloudflare:workers";

const HOUR = 60 * 60 * 1000;
const TTL_SECONDS = 900;

export class Session extends DurableObject<Env> {
  async start(nextRun: number, at: Date): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + HOUR); // guard
    await this.ctx.storage.setAlarm(Date.now() + TTL_SECONDS * 1000); // guard
    await this.ctx.storage.setAlarm(nextRun); // ok
    await this.ctx.storage.setAlarm(at); // ok
    await this.ctx.storage.setAlarm(new Date("2030-01-01")); // ok
    await this.ctx.storage.setAlarm(new Date(Date.now() + HOUR)); // guard
    await this.ctx.storage.setAlarm(1_900_000_000_000); // ok
  }

  async again(seconds: number): Promise<void> {
    const expires = Math.floor(Date.now() / 1000) + seconds;
    await this.ctx.storage.setAlarm(expires * 1000); // ok
    await this.ctx.storage.setAlarm(Date.now() + 500); // guard
    await this.ctx.storage.setAlarm(Date.now()); // guard
  }

  async alarm(): Promise<void> {}
}
