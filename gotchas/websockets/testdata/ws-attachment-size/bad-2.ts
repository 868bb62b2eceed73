import { DurableObject } from "cloudflare:workers";

export class Board extends DurableObject<Env> {
  #strokes = new Map<string, number[]>();

  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    this.#strokes.set(crypto.randomUUID(), JSON.parse(message));
    ws.serializeAttachment([...this.#strokes.values()]); // want "grows with every this.#strokes.set"
  }

  async log(ws: WebSocket, line: string): Promise<void> {
    const before = ws.deserializeAttachment() as { lines: string[] };
    ws.serializeAttachment({ lines: [...before.lines, line] }); // want "one more element each time"
  }

  async mark(ws: WebSocket, mark: string): Promise<void> {
    const session = (ws.deserializeAttachment() as { marks?: string[] } | null) ?? {};
    session.marks = [...(session.marks ?? []), mark];
    ws.serializeAttachment(session); // want "carries session.marks"
  }

  async everything(ws: WebSocket): Promise<void> {
    const all = await this.ctx.storage.list();
    ws.serializeAttachment(all); // want "everything that storage lists"
  }
}
