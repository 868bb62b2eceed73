import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  history: string[] = [];

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    this.history.push(String(message));
    ws.serializeAttachment({ user: "a", history: this.history }); // want "this.history grows with every this.history.push on line 7"
  }

  async replay(ws: WebSocket): Promise<void> {
    const rows = this.ctx.storage.sql.exec("SELECT body FROM messages").toArray();
    ws.serializeAttachment({ rows }); // want "rows is a whole query result"
  }

  async note(ws: WebSocket, text: string): Promise<void> {
    const session = ws.deserializeAttachment() as { notes: string[] };
    session.notes.push(text);
    ws.serializeAttachment(session); // want "carries session.notes, to which this handler appends"
  }
}
