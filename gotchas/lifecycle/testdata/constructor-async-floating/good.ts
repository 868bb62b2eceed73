import { DurableObject } from "cloudflare:workers";

export class Rates extends DurableObject<Env> {
  table: string | null = null;
  readonly #ready: Promise<void>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#ready = this.init(); // guard
    this.load(); // guard
  }

  async init(): Promise<void> {
    const response = await fetch("https://rates.example");
    this.table = await response.text();
  }

  async load(): Promise<void> {
    this.table = (await this.ctx.storage.get<string>("table")) ?? null;
  }

  async fetch(): Promise<Response> {
    await this.#ready;
    return new Response(this.table);
  }
}
