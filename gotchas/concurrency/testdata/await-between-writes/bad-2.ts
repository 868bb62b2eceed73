import { DurableObject } from "cloudflare:workers";

export class Shop extends DurableObject<Env> {
  async order(sku: string): Promise<void> {
    const id = crypto.randomUUID();
    await this.ctx.storage.put(`order:${id}`, { sku });
    await this.#announce(id);
    await this.ctx.storage.put(`line:${id}`, { sku, quantity: 1 }); // want "both store the id that was made here"
  }

  async #announce(id: string): Promise<void> {
    await fetch("https://hooks.example/" + id);
  }

  async move(from: string, to: string, n: number): Promise<void> {
    const kv = this.ctx.storage.kv;
    const a = kv.get<number>(`stock:${from}`) ?? 0;
    const b = kv.get<number>(`stock:${to}`) ?? 0;
    kv.put(`stock:${from}`, a - n);
    await scheduler.wait(100);
    kv.put(`stock:${to}`, b + n); // want "one takes what the other adds"
  }
}
