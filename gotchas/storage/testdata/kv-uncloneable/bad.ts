import { DurableObject } from "cloudflare:workers";

export class Session extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    await this.ctx.storage.put("session", { message, socket: ws }); // want "ws is a WebSocket"
    await this.ctx.storage.put("owner", this.ctx.id); // want "this.ctx.id is an object's id"
  }

  remember(): void {
    this.ctx.storage.kv.put("handlers", [() => this.remember()]); // want "is a function"
  }
}
