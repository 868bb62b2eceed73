import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  history: string[] = [];
  recent: string[] = [];
  readonly roles = ["reader", "writer"];

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    this.history.push(String(message));
    ws.serializeAttachment({ user: "a", seen: this.history.length }); // guard
  }

  async last(ws: WebSocket): Promise<void> {
    this.recent.push("x");
    if (this.recent.length > 10) this.recent.shift();
    ws.serializeAttachment({ recent: this.recent, roles: this.roles }); // ok
    ws.serializeAttachment({ tail: this.history.slice(-5) }); // ok
  }

  async row(ws: WebSocket, id: string): Promise<void> {
    const user = this.ctx.storage.sql.exec("SELECT id, name FROM users WHERE id = ?", id).one();
    const top = this.ctx.storage.sql.exec("SELECT id FROM users LIMIT 3").toArray();
    ws.serializeAttachment({ user, top }); // ok
  }

  async note(ws: WebSocket, text: string): Promise<void> {
    const session = ws.deserializeAttachment() as { notes: string[] };
    session.notes.push(text);
    session.notes.splice(0, session.notes.length - 20);
    ws.serializeAttachment(session); // ok
  }

  async mark(ws: WebSocket, mark: string): Promise<void> {
    const session = ws.deserializeAttachment() as { marks: string[] };
    session.marks = [...session.marks.slice(-9), mark];
    ws.serializeAttachment(session); // ok
  }
}
