import { DurableObject } from "cloudflare:workers";

export class Meter extends DurableObject<Env> {
  used = 0;
  #running = false;

  async charge(url: string): Promise<number> {
    const before = this.used;
    const response = await fetch(url);
    this.used = before + Number(response.headers.get("x-cost")); // want "The field .used. is read on line 8"
    return this.used;
  }

  async add(): Promise<void> {
    this.used += await this.env.PRICES.getByName("eu").current(); // want "awaits this.env.PRICES"
  }

  async run(): Promise<void> {
    if (this.#running) return;
    await this.env.JOBS.getByName("next").take();
    this.#running = true; // want "a second request passes the same check"
  }
}
