import { DurableObject } from "cloudflare:workers";

interface Session {
  name: string;
  seen: number;
}

export class ChatRoom extends DurableObject<Env> {
  sessions = new Map<WebSocket, Session>();

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const session = ws.deserializeAttachment() as Session;
    session.seen = Date.now(); // ok
    ws.serializeAttachment(session); // guard
  }

  async rename(ws: WebSocket, name: string): Promise<void> {
    const session = ws.deserializeAttachment() as Session;
    ws.serializeAttachment({ ...session, name }); // guard
  }

  async touch(ws: WebSocket): Promise<void> {
    const session = ws.deserializeAttachment() as Session;
    session.seen++; // ok
    this.#save(ws, session);
  }

  #save(ws: WebSocket, session: Session): void {
    this.sessions.set(ws, session);
    ws.serializeAttachment(session);
  }

  async list(): Promise<Session[]> {
    return this.ctx.getWebSockets().map((ws) => {
      const session = ws.deserializeAttachment() as Session;
      session.name = session.name.toUpperCase(); // ok
      return session;
    });
  }

  async all(): Promise<void> {
    for (const ws of this.ctx.getWebSockets()) {
      const session = ws.deserializeAttachment() as Session;
      session.seen = 0; // ok
      ws.serializeAttachment(session);
    }
  }

  async first(ws: WebSocket): Promise<void> {
    const session: Session = { name: "guest", seen: 0 };
    session.name = "visitor"; // ok
    ws.serializeAttachment(session);
  }
}
