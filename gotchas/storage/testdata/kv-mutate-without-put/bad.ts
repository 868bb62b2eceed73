import { DurableObject } from "cloudflare:workers";

export class List extends DurableObject<Env> {
  async add(item: string): Promise<string[]> {
    const items = (await this.ctx.storage.get<string[]>("items")) ?? [];
    items.push(item); // want "items is a copy of what is stored"
    return items;
  }

  tag(name: string): number {
    const tags = this.ctx.storage.kv.get<Set<string>>("tags") ?? new Set<string>();
    tags.add(name); // want "tags is a copy"
    return tags.size;
  }
}
