import { DurableObject } from "cloudflare:workers";

export class Countdown extends DurableObject {
  async start(): Promise<void> {
    await this.ctx.storage.put("left", 10);
    await this.ctx.storage.setAlarm(Date.now() + 1_000);
  }

  async alarm(): Promise<void> {
    const left = (await this.ctx.storage.get<number>("left")) ?? 0;
    if (left === 0) {
      await this.ctx.storage.deleteAlarm(); // want "used up"
      return;
    }
    await this.ctx.storage.put("left", left - 1);
    await this.ctx.storage.setAlarm(Date.now() + 1_000);
  }
}
