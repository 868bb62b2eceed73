import { DurableObject } from "cloudflare:workers";

export class Prices extends DurableObject<Env> {
  #table?: Promise<string>;
  #settings?: Promise<unknown>;

  async fetch(): Promise<Response> {
    this.#table ??= this.#load().catch((error) => { // guard
      this.#table = undefined;
      throw error;
    });
    this.#settings ??= this.#stored(); // ok
    await this.#settings;
    return new Response(await this.#table);
  }

  async #load(): Promise<string> {
    const response = await fetch("https://prices.example");
    return response.text();
  }

  async #stored(): Promise<unknown> {
    return await this.ctx.storage.get("settings");
  }
}
