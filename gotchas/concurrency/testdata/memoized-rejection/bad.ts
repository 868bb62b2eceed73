import { DurableObject } from "cloudflare:workers";

export class Prices extends DurableObject<Env> {
  #table?: Promise<string>;

  async fetch(): Promise<Response> {
    this.#table ??= this.#load(); // want "keeps the promise of #load, which waits for fetch"
    return new Response(await this.#table);
  }

  async #load(): Promise<string> {
    const response = await fetch("https://prices.example");
    return response.text();
  }
}
