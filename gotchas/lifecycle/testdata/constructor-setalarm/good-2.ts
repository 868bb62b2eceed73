import { DurableObject } from "cloudflare:workers";

export class Reminders extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      await ctx.storage.setAlarm(await this.next()); // ok
    });
  }

  async remind(id: string, due: number): Promise<void> {
    await this.ctx.storage.put(`due:${id}`, due);
    await this.ctx.storage.setAlarm(await this.next());
  }

  async alarm(): Promise<void> {
    for (const [key, due] of await this.ctx.storage.list<number>({ prefix: "due:", limit: 100 })) {
      if (due > Date.now()) continue;
      await this.env.MAIL.send(key);
      await this.ctx.storage.delete(key);
    }
    await this.ctx.storage.setAlarm(await this.next());
  }

  private async next(): Promise<number> {
    const due = [...(await this.ctx.storage.list<number>({ prefix: "due:", limit: 100 })).values()];
    return Math.min(...due, 8.64e15);
  }
}
