import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  private queue: string[] = [];

  async post(message: string): Promise<void> {
    const messages = (await this.ctx.storage.get<string[]>("messages")) ?? [];
    messages.push(message);
    if (messages.length > 100) messages.shift(); // guard
    await this.ctx.storage.put("messages", messages); // ok
  }

  async each(id: string, message: string): Promise<void> {
    await this.ctx.storage.put(`message:${id}`, message); // ok
  }

  async add(job: string): Promise<void> {
    this.queue.push(job);
    await this.ctx.storage.put("queue", this.queue); // ok
  }

  async take(): Promise<string | undefined> {
    const job = this.queue.shift(); // guard
    await this.ctx.storage.put("queue", this.queue);
    return job;
  }

  async settings(theme: string): Promise<void> {
    await this.ctx.storage.put("settings", { theme }); // ok
  }
}
