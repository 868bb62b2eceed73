import { DurableObject } from "cloudflare:workers";

export class Vault extends DurableObject<Env> {
  private readonly cacheFor = 60; // ok

  read(): string {
    return this.ctx.storage.kv.get<string>("secret") ?? "";
  }

  async reset(): Promise<void> {
    await this.#wipe();
  }

  async #wipe(): Promise<void> { // guard
    await this.ctx.storage.deleteAll();
  }

  private key(): string { // ok
    return `secret:${this.cacheFor}`;
  }
}
