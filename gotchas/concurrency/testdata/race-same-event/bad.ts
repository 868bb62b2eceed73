import { DurableObject } from "cloudflare:workers";

export class Tally extends DurableObject<Env> {
  async import(amounts: number[]): Promise<void> {
    await Promise.all(amounts.map((amount) => this.add(amount))); // want "Every element starts"
  }

  async add(amount: number): Promise<void> {
    const total = (await this.ctx.storage.get<number>("total")) ?? 0;
    await this.ctx.storage.put("total", total + amount);
  }

  async both(): Promise<void> {
    await Promise.all([
      this.add(1), // want "started several times without waiting"
      this.add(2), // want "started several times without waiting"
    ]);
  }

  async each(items: string[]): Promise<void> {
    const { storage } = this.ctx;
    items.forEach(async (item) => { // want "Every element starts a read-modify-write of .seen."
      const seen = (await storage.get<string[]>("seen")) ?? [];
      await storage.put("seen", [...seen, item]);
    });
  }
}
