import { DurableObject } from "cloudflare:workers";

export class Prices extends DurableObject<Env> {
  private table?: string;
  private readonly pages = new Map<string, Promise<string>>();

  async all(): Promise<string> {
    this.table ??= await this.load("all"); // ok
    return this.table;
  }

  page(name: string): Promise<string> {
    let page = this.pages.get(name);
    if (!page) {
      page = this.load(name);
      this.pages.set(name, page); // guard
      page.catch(() => this.pages.delete(name));
    }
    return page;
  }

  private async load(name: string): Promise<string> {
    const response = await fetch(`https://prices.example/${name}`);
    return response.text();
  }
}
