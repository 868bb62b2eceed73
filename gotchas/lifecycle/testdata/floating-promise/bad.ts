import { DurableObject } from "cloudflare:workers";

export class Order extends DurableObject<Env> {
  async place(id: string): Promise<void> {
    await this.ctx.storage.put("order", id);
    fetch(`https://mail.example/${id}`, { method: "POST" }); // want "This fetch is not awaited"
    this.env.JOBS.send({ id }); // want "send on JOBS is not awaited"
    this.#notify(id); // want "notify awaits fetch"
  }

  async #notify(id: string): Promise<void> {
    await fetch(`https://hook.example/${id}`);
  }
}
