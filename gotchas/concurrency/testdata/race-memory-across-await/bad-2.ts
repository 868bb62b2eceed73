import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  private buffer: string[] = [];
  private players = new Map<string, string>();
  private user = "";
  private data!: { ticks: number };

  push(line: string): void {
    this.buffer.push(line);
  }

  async flush(): Promise<void> {
    if (this.buffer.length === 0) return;
    await this.env.LOGS.put("lines", this.buffer.join("\n"));
    this.buffer = []; // want "is read on line 15 and emptied here"
  }

  async join(id: string, name: string): Promise<boolean> {
    if (this.players.size >= 8) return false;
    const allowed = await fetch(`https://bans.example/${id}`);
    if (!allowed.ok) return false;
    this.players.set(id, name); // want "a second request passes the same check"
    return true;
  }

  async fetch(request: Request): Promise<Response> {
    this.user = request.headers.get("x-user") ?? ""; // want "belongs to this request"
    const text = await request.text();
    return new Response(`${this.user} said ${text}`);
  }

  private async load(): Promise<void> {
    this.data = (await this.ctx.storage.get<{ ticks: number }>("data")) ?? { ticks: 0 }; // want "puts a fresh copy into this.data"
  }

  async tick(): Promise<void> {
    await this.load();
    this.data.ticks++;
    await fetch("https://example.com/tick");
    await this.ctx.storage.put("data", this.data);
  }
}
