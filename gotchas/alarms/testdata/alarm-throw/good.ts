import { DurableObject } from "cloudflare:workers";

export class Push extends DurableObject<Env> {
  async alarm(info?: AlarmInvocationInfo): Promise<void> {
    try {
      await fetch("https://push.example", { method: "POST" });
    } catch (error) { // ok
      if ((info?.retryCount ?? 0) < 5) throw error; // guard
      await this.ctx.storage.put("failed", String(error));
    }
  }
}

export class Poller extends DurableObject<Env> {
  async alarm(): Promise<void> {
    try {
      await fetch("https://source.example");
    } catch (error) { // ok
      console.error(error);
    }
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // guard
  }
}

export class Local extends DurableObject<Env> {
  async alarm(): Promise<void> {
    try {
      this.ctx.storage.sql.exec("DELETE FROM jobs");
    } catch { // ok
    }
  }

  async request(): Promise<void> {
    try {
      await fetch("https://source.example");
    } catch { // ok
    }
  }
}
