import { DurableObject } from "cloudflare:workers";

export class Reminder extends DurableObject<Env> {
  private user?: string;
  private name = ""; // guard
  private last?: number;
  private timer?: number;
  private cache?: Map<string, string>;
  readonly limit = 10;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => {
      this.name = (await ctx.storage.get<string>("name")) ?? ""; // ok
    });
  }

  async remind(user: string): Promise<void> {
    this.user = user;
    this.name = user;
    this.last = Date.now();
    this.timer = setTimeout(() => {}, 10);
    await this.ctx.storage.put("user", user);
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async alarm(): Promise<void> {
    this.user = await this.ctx.storage.get<string>("user");
    await this.env.MAIL.send(this.user, this.name); // ok
    console.log(this.last ?? 0, this.limit); // ok
    clearTimeout(this.timer); // ok
    this.cache ??= new Map(); // ok
    if (this.last) console.log(this.last); // ok
  }
}
