import { DurableObject } from "cloudflare:workers";

const HOUR = 60 * 60_000;

export class Session extends DurableObject<Env> {
  #saving?: ReturnType<typeof setTimeout>;
  text = "";

  touch(): void {
    setTimeout(() => this.cleanup(), HOUR); // want "setTimeout waits 60 minutes in memory"
  }

  start(): void {
    setInterval(() => { // want "repeats a write to storage from memory"
      this.ctx.storage.kv.put("tick", Date.now());
    }, 5_000);
  }

  async remind(minutes: number): Promise<void> {
    await scheduler.wait(10 * 60_000); // want "scheduler.wait waits 10 minutes"
    await new Promise((resolve) => setTimeout(resolve, 30_000)); // want "setTimeout waits 30 seconds"
    setTimeout(this.cleanup.bind(this), minutes * 60_000); // want "puts off this.cleanup.. by minutes"
  }

  edited(): void {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(async () => this.#save(), 500); // want "Each change puts this write off again"
  }

  async #save(): Promise<void> {
    await this.ctx.storage.put("text", this.text);
  }

  async cleanup(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
