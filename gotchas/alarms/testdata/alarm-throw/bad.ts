import { DurableObject } from "cloudflare:workers";

export class Push extends DurableObject<Env> {
  async alarm(): Promise<void> {
    const body = await this.ctx.storage.get<string>("body");
    try {
      await fetch("https://push.example", { method: "POST", body });
    } catch (error) { // want "When fetch"
      console.error("push failed", error);
    }
  }
}

export class Poller extends DurableObject<Env> {
  async alarm(): Promise<void> {
    try {
      await this.poll();
      await this.ctx.storage.setAlarm(Date.now() + 60_000);
    } catch { // want "ends alarm.. as if it had worked"
    }
  }

  private async poll(): Promise<void> {
    await this.env.SOURCE.getByName("main").read();
  }
}
