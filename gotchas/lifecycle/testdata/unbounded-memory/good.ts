import { DurableObject } from "cloudflare:workers";

const MAX = 500;

export class Search extends DurableObject<Env> {
  #cache = new Map<string, string>();
  private recent: string[] = [];
  private stats: Record<string, number> = {};
  private seen = new WeakSet<WebSocket>();
  private lastHits = new Set<string>();

  async find(query: string): Promise<string> {
    const known = this.#cache.get(query);
    if (known !== undefined) return known;
    const answer = await (await fetch(`https://search.example/?q=${encodeURIComponent(query)}`)).text();
    if (this.#cache.size >= MAX) this.#cache.delete(this.#cache.keys().next().value!); // guard
    this.#cache.set(query, answer); // ok
    return answer;
  }

  note(query: string): number {
    this.recent = [...this.recent.slice(-MAX), query]; // ok
    this.stats["queries"] = (this.stats["queries"] ?? 0) + 1; // ok
    if (this.lastHits.size < MAX) this.lastHits.add(query); // ok
    return this.recent.length;
  }

  webSocketMessage(ws: WebSocket): void {
    this.seen.add(ws); // ok
  }
}
