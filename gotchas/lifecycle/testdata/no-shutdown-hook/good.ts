import { DurableObject } from "cloudflare:workers";

export class Draft extends DurableObject<Env> {
  edit(text: string): void {
    this.ctx.storage.kv.put("text", text);
  }

  async follow(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.addEventListener("close", () => this.edit("exit")); // ok
  }

  async build(): Promise<void> {
    const process = await this.env.BUILDS.getByName("a").start();
    process.on("exit", () => this.edit("built")); // ok
    process.addEventListener("exit", () => this.edit("built")); // ok
  }
}
