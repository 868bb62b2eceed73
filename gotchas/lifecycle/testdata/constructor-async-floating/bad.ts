import { DurableObject } from "cloudflare:workers";

export class Rates extends DurableObject<Env> {
  table: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.init(); // want "init awaits fetch.* on line 12, so the first request"
  }

  async init(): Promise<void> {
    const response = await fetch("https://rates.example");
    this.table = await response.text();
  }
}
