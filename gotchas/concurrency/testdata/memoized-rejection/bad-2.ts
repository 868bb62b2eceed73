import { DurableObject } from "cloudflare:workers";

export class Prices extends DurableObject<Env> {
  private table: Promise<string> | null = null;
  private readonly pages = new Map<string, Promise<string>>();

  async all(): Promise<string> {
    if (this.table === null) this.table = this.load("all"); // want "keeps the promise of load"
    return this.table;
  }

  page(name: string): Promise<string> {
    const known = this.pages.get(name);
    if (known) return known;
    return this.start(name);
  }

  private start(name: string): Promise<string> {
    let page = this.pages.get(name);
    if (!page) {
      page = this.load(name);
      this.pages.set(name, page); // want "pages keeps the promise of load"
    }
    return page;
  }

  private async load(name: string): Promise<string> {
    const response = await fetch(`https://prices.example/${name}`);
    return response.text();
  }
}
