import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const event = JSON.parse(String(message)) as { type: string; body: string };
    if (event.type === "cursor") {
      ws.serializeAttachment({ cursor: event.body }); // ok
    } else if (event.type === "chat") {
      this.ctx.storage.sql.exec("INSERT INTO messages (body) VALUES (?)", event.body); // ok
    } else if (event.type !== "typing") {
      await this.ctx.storage.put("last", event.body); // ok
    }
  }
}
