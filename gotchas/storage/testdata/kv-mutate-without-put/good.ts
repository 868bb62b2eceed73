import { DurableObject } from "cloudflare:workers";

export class List extends DurableObject<Env> {
  #cache: string[] = [];

  async add(item: string): Promise<string[]> {
    const items = (await this.ctx.storage.get<string[]>("items")) ?? [];
    items.push(item); // ok
    await this.ctx.storage.put("items", items); // guard
    return items;
  }

  async load(): Promise<void> {
    const items = (await this.ctx.storage.get<string[]>("items")) ?? [];
    items.push("end"); // ok
    this.#cache = items; // guard
  }

  async copy(): Promise<string[]> {
    const items = (await this.ctx.storage.get<string[]>("items")) ?? [];
    const out = [...items];
    out.push("end"); // ok
    return out;
  }

  async both(item: string): Promise<void> {
    const items = (await this.ctx.storage.get<string[]>("items")) ?? [];
    items.push(item); // ok
    await this.ctx.storage.put({ items, changed: Date.now() }); // guard
  }
}
