import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  onError = (error: unknown): void => console.error(error); // ok
  #log = (text: string): void => console.log(text); // ok

  async increment(): Promise<number> {
    try {
      this.#log("increment");
      return this.ctx.storage.kv.get<number>("n") ?? 0;
    } catch (error) {
      this.onError(error);
      throw error;
    }
  }
}
