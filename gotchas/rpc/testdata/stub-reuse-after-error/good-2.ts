import { DurableObject } from "cloudflare:workers";

export class Feeder extends DurableObject<Env> {
  #queue = this.env.QUEUE.getByName("main");

  // A new stub after each error.
  async push(text: string): Promise<void> {
    let stub = this.env.QUEUE.getByName("main");
    for (let i = 0; i < 3; i++) {
      try {
        await stub.push(text); // ok
        return;
      } catch {
        stub = this.env.QUEUE.getByName("main"); // guard
      }
    }
  }

  // The same with a field.
  async pull(): Promise<string | null> {
    while (true) {
      try {
        return await this.#queue.pull(); // ok
      } catch {
        this.#queue = this.env.QUEUE.getByName("main"); // guard
        await scheduler.wait(200);
      }
    }
  }

  // The first error ends it.
  async drain(): Promise<void> {
    const stub = this.env.QUEUE.getByName("main");
    while (true) {
      try {
        if (!(await stub.next())) return; // ok
      } catch (error) {
        console.error("retry? no:", error);
        break;
      }
    }
  }
}
