import { DurableObject } from "cloudflare:workers";

export class Chat extends DurableObject<Env> {
  private log: string[] = [];

  async post(message: string): Promise<void> {
    const messages = (await this.ctx.storage.get<string[]>("messages")) ?? [];
    messages.push(message);
    await this.ctx.storage.put("messages", messages); // want "messages gets longer on line 8"
  }

  async append(message: string): Promise<void> {
    const { storage } = this.ctx;
    const old = (await storage.get<string[]>("old")) ?? [];
    await storage.put("old", [...old, message]); // want "stored whole under .old."
  }

  async note(line: string): Promise<void> {
    this.log.push(line);
    await this.ctx.storage.put("log", this.log); // want "this.log gets longer on line 19"
  }
}
