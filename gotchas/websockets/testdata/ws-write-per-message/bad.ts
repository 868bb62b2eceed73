import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const event = JSON.parse(String(message)) as { type: string; x: number; y: number };
    switch (event.type) {
      case "cursor":
        await this.ctx.storage.put("cursor", event); // want "Every .cursor. message is written to storage"
        break;
      case "typing":
        this.#mark(event.type);
        break;
    }
  }

  #mark(type: string): void {
    this.ctx.storage.sql.exec("INSERT INTO marks (kind) VALUES (?)", type); // want "Every .typing. message"
  }
}

export class Canvas extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    if (message.startsWith("pointer:")) return this.#note(message);
    const event = JSON.parse(message) as { cursor?: { x: number; y: number } };
    if ("cursor" in event) {
      await this.ctx.storage.put("cursor", event.cursor); // want "Every .cursor. message is written"
    }
  }

  #note(message: string): void {
    this.ctx.storage.kv.put("pointer", message); // want "Every .pointer. message is written"
  }
}
