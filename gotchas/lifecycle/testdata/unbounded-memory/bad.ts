import { DurableObject } from "cloudflare:workers";

export class Search extends DurableObject<Env> {
  #cache = new Map<string, string>();
  private recent: string[] = [];
  private hits: Record<string, number> = {};

  async find(query: string): Promise<string> {
    const known = this.#cache.get(query);
    if (known !== undefined) return known;
    const answer = await (await fetch(`https://search.example/?q=${encodeURIComponent(query)}`)).text();
    this.#cache.set(query, answer); // want "#cache grows here"
    return answer;
  }

  note(query: string): number {
    this.recent.push(query); // want "recent grows here"
    this.hits[query] = (this.hits[query] ?? 0) + 1; // want "hits grows here"
    return new Set(this.recent).size;
  }
}
