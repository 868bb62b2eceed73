import { DurableObject } from "cloudflare:workers";

export class Meter extends DurableObject<Env> {
  used = 0;
  #running = false;
  #ready?: Promise<void>;
  #rates?: string;

  async charge(url: string): Promise<number> {
    const response = await fetch(url);
    this.used = this.used + Number(response.headers.get("x-cost")); // ok
    return this.used;
  }

  async add(): Promise<void> {
    const price = await this.env.PRICES.getByName("eu").current();
    this.used += price; // ok
  }

  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true; // guard
    try {
      await this.env.JOBS.getByName("next").take();
    } finally {
      this.#running = false; // ok
    }
  }

  async save(): Promise<void> {
    const n = this.used;
    await this.ctx.storage.put("used", n);
    this.used = n + 1; // ok
  }

  async start(): Promise<void> {
    this.#ready ??= this.#load(); // ok
    await this.#ready;
  }

  async rates(): Promise<string> {
    if (!this.#rates) this.#rates = await (await fetch("https://rates.example")).text(); // ok
    return this.#rates;
  }

  async #load(): Promise<void> {
    await fetch("https://config.example");
  }
}
