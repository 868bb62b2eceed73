import { DurableObject } from "cloudflare:workers";

interface Session {
  name: string;
  seen: number;
  rooms: string[];
}

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const session = ws.deserializeAttachment() as Session;
    session.seen = Date.now(); // want "changes a copy of the attachment and nothing serializes it"
  }

  async join(ws: WebSocket, room: string): Promise<void> {
    const session = (ws.deserializeAttachment() as Session | null) ?? { name: "?", seen: 0, rooms: [] };
    session.rooms.push(room); // want "comes after the attachment was copied on line 16"
    ws.send(`you are in ${session.rooms.length} rooms`);
  }

  async rename(ws: WebSocket, name: string): Promise<void> {
    ws.deserializeAttachment().name = name; // want "changes a copy that is dropped at once"
  }

  async admit(ws: WebSocket): Promise<void> {
    const session: Session = { name: "guest", seen: 0, rooms: [] };
    ws.serializeAttachment(session);
    session.seen++; // want "after the attachment was copied on line 27"
  }
}
