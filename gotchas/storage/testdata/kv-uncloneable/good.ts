import { DurableObject } from "cloudflare:workers";

export class Session extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    ws.serializeAttachment({ message });
    await this.ctx.storage.put("session", { message, seen: new Set([message]), at: new Date() }); // guard
    await this.ctx.storage.put("owner", this.ctx.id.toString()); // ok
    const response = await fetch("https://example.com");
    await this.ctx.storage.put("page", await response.text()); // ok
  }
}
