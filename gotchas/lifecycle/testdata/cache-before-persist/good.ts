import { DurableObject } from "cloudflare:workers";

interface Plan {
  name: string;
  seats: number;
}

export class Account extends DurableObject<Env> {
  #plan: Plan = { name: "free", seats: 1 };
  private spent = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.#plan = (await ctx.storage.get<Plan>("plan")) ?? this.#plan;
      this.spent = (await ctx.storage.get<number>("spent")) ?? 0;
    });
  }

  async upgrade(name: string, seats: number): Promise<void> {
    await fetch("https://billing.example/plans", { method: "POST", body: name });
    const plan = { name, seats };
    await this.ctx.storage.put("plan", plan);
    this.#plan = plan; // ok
  }

  async spend(cents: number): Promise<void> {
    const total = this.spent + cents;
    if (total > 10_000) throw new RangeError("too much");
    this.spent = total; // ok
    await this.ctx.storage.put("spent", this.spent);
    await fetch("https://billing.example/spent", { method: "POST", body: String(total) });
  }

  plan(): Plan {
    return this.#plan;
  }
}
