import { DurableObject } from "cloudflare:workers";

export class Daily extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const due = await this.ctx.storage.getAlarm(); // want "line 6 counts on a time"
    if (due === null) return;
    await fetch("https://example.com/daily");
  }
}

export class Hourly extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const { storage } = this.ctx;
    const last = await storage.getAlarm(); // want "line 15 counts on a time"
    await storage.setAlarm(last! + 3_600_000);
  }
}
