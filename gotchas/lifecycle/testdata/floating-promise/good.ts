import { DurableObject } from "cloudflare:workers";

export class Order extends DurableObject<Env> {
  async place(id: string): Promise<void> {
    this.ctx.storage.put("order", id); // ok
    await fetch(`https://mail.example/${id}`, { method: "POST" });
    this.#notify(id); // ok
    fetch("https://metrics.example").catch(console.error); // ok
    void this.env.JOBS.send({ id }); // ok
    this.save(id); // ok
  }

  async save(id: string): Promise<void> {
    await this.ctx.storage.put("last", id);
  }

  async #notify(id: string): Promise<void> {
    try {
      await fetch(`https://hook.example/${id}`);
    } catch (error) {
      console.error(error);
    }
  }
}
