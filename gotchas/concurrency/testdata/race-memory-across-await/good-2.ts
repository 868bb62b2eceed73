import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  private buffer: string[] = [];
  private players = new Map<string, string>();
  private data?: { ticks: number };
  private failedAt = 0;

  push(line: string): void {
    this.buffer.push(line);
  }

  async flush(): Promise<void> {
    const lines = this.buffer;
    this.buffer = []; // ok
    await this.env.LOGS.put("lines", lines.join("\n"));
  }

  async join(id: string, name: string): Promise<boolean> {
    const allowed = await fetch(`https://bans.example/${id}`);
    if (!allowed.ok || this.players.size >= 8) return false;
    this.players.set(id, name); // ok
    return true;
  }

  async leave(id: string): Promise<void> {
    if (!this.players.has(id)) return;
    await fetch(`https://example.com/left/${id}`);
    this.players.delete(id); // ok
  }

  async fetch(request: Request): Promise<Response> {
    const user = request.headers.get("x-user") ?? ""; // ok
    return new Response(`${user} said ${await request.text()}`);
  }

  async tick(): Promise<void> {
    this.data ??= (await this.ctx.storage.get<{ ticks: number }>("data")) ?? { ticks: 0 }; // ok
    this.data.ticks++;
    await fetch("https://example.com/tick");
    await this.ctx.storage.put("data", this.data);
  }

  async poll(): Promise<void> {
    if (Date.now() - this.failedAt < 10_000) return;
    const answer = await fetch("https://example.com/poll");
    if (!answer.ok) this.failedAt = Date.now(); // ok
  }
}
