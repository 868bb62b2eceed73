import { DurableObject } from "cloudflare:workers";

export class Daily extends DurableObject<Env> {
  async start(): Promise<void> {
    await this.#arm();
  }

  async alarm(info?: AlarmInvocationInfo): Promise<void> {
    console.log(info?.scheduledTime);
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const pending = await this.ctx.storage.getAlarm(); // guard
    if (pending !== null) return;
    await this.ctx.storage.setAlarm(Date.now() + 86_400_000);
  }

  async status(): Promise<number> {
    const pending = await this.ctx.storage.getAlarm(); // ok
    if (pending === null) return 0;
    return pending;
  }
}
