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
    this.#plan = { name, seats }; // want "#plan is changed here and stored on line 23"
    await fetch("https://billing.example/plans", { method: "POST", body: name });
    await this.ctx.storage.put("plan", this.#plan);
  }

  async spend(cents: number): Promise<void> {
    const total = this.spent + cents;
    this.spent = total; // want "spent is changed here and stored on line 30"
    if (total > 10_000) throw new RangeError("too much");
    await this.ctx.storage.put({ spent: total });
  }
}
