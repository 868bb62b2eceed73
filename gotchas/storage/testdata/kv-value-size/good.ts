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

const LARGEST = 16 * 1024 * 1024;
const PART = 1024 * 1024;

export class Gallery extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const picture = await request.arrayBuffer();
    if (picture.byteLength > LARGEST) return new Response("too large", { status: 413 });
    for (let part = 0; part * PART < picture.byteLength; part++) {
      await this.ctx.storage.put(`part:${part}`, picture.slice(part * PART, (part + 1) * PART)); // ok
    }
    return new Response(null, { status: 204 });
  }
}
