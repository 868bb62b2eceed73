import { DurableObject } from "cloudflare:workers";

export interface Env {
  CHAT: DurableObjectNamespace<ChatRoom>;
  SESSION_SECRET: string;
}

// Who is behind a socket. It travels with the socket, through hibernation too.
type Member = { id: string; name: string; role: "member" | "moderator"; muted?: boolean };

type Frame = { type: "say"; text: string } | { type: "typing" } | { type: "rename"; name: string } | { type: "kick"; id: string };

const HISTORY = 50;
const MAX_TEXT = 2_000;

export class ChatRoom extends DurableObject<Env> {
  #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS lines (seq INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL)");
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") {
      return new Response("connect with a WebSocket", { status: 426 });
    }
    const id = request.headers.get("x-member-id");
    const name = request.headers.get("x-member-name");
    if (!id || !name) return new Response("not signed in", { status: 401 });

    const [client, server] = Object.values(new WebSocketPair());
    const member: Member = { id, name, role: id.startsWith("mod_") ? "moderator" : "member" };
    this.ctx.acceptWebSocket(server, [id, member.role]);
    server.serializeAttachment(member);
    server.send(JSON.stringify({ type: "history", lines: this.history() }));
    this.broadcast({ type: "joined", name: member.name }, server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (typeof message !== "string") {
      ws.close(1003, "text only");
      return;
    }
    const member = ws.deserializeAttachment() as Member | null;
    if (!member) {
      ws.close(1008, "sign in first");
      return;
    }
    const frame = JSON.parse(message) as Frame;
    switch (frame.type) {
      case "say":
        if (member.muted || frame.text.length > MAX_TEXT) return;
        this.say(member.name, frame.text);
        break;
      case "typing":
        this.broadcast({ type: "typing", name: member.name }, ws);
        break;
      case "rename":
        member.name = frame.name.slice(0, 40);
        ws.serializeAttachment(member);
        this.broadcast({ type: "renamed", id: member.id, name: member.name });
        break;
      case "kick":
        if (member.role === "moderator") this.kick(frame.id, `removed by ${member.name}`);
        break;
    }
  }

  async webSocketClose(ws: WebSocket, code: number, reason: string, wasClean: boolean): Promise<void> {
    const member = ws.deserializeAttachment() as Member | null;
    ws.close(sendable(code), "bye");
    if (member) this.broadcast({ type: "left", name: member.name }, ws);
  }

  async webSocketError(ws: WebSocket, error: unknown): Promise<void> {
    console.error("socket failed", error);
    ws.close(1011, "socket failed");
  }

  private say(author: string, text: string): void {
    const at = Date.now();
    this.#sql.exec("INSERT INTO lines (author, text, at) VALUES (?, ?, ?)", author, text, at);
    this.#sql.exec("DELETE FROM lines WHERE seq <= (SELECT MAX(seq) FROM lines) - ?", HISTORY);
    this.broadcast({ type: "said", author, text, at });
  }

  private history(): { author: string; text: string; at: number }[] {
    return this.#sql.exec<{ author: string; text: string; at: number }>("SELECT author, text, at FROM lines ORDER BY seq LIMIT ?", HISTORY).toArray();
  }

  private kick(id: string, why: string): void {
    for (const socket of this.ctx.getWebSockets(id)) {
      socket.close(4001, why.slice(0, 100));
    }
  }

  private broadcast(event: Record<string, unknown>, except?: WebSocket): void {
    const text = JSON.stringify(event);
    for (const socket of this.ctx.getWebSockets()) {
      if (socket === except) continue;
      try {
        socket.send(text);
      } catch {
        // It was closed a moment ago; its close event follows.
      }
    }
  }
}

// What a browser's plain close() arrives as cannot be sent.
function sendable(code: number): number {
  return code === 1004 || code === 1005 || code === 1006 || code === 1015 ? 1000 : code;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const room = new URL(request.url).pathname.slice(1);
    if (!/^[a-z0-9-]{1,40}$/.test(room)) return new Response("no such room", { status: 404 });
    if (request.headers.get("Upgrade") !== "websocket") return new Response("connect with a WebSocket", { status: 426 });

    const member = await signedIn(request, env.SESSION_SECRET);
    if (!member) return new Response("sign in first", { status: 401 });
    const forwarded = new Request(request);
    forwarded.headers.set("x-member-id", member.id);
    forwarded.headers.set("x-member-name", member.name);
    return env.CHAT.getByName(room).fetch(forwarded);
  },
};

async function signedIn(request: Request, secret: string): Promise<{ id: string; name: string } | null> {
  const [id, name, signature] = (request.headers.get("Cookie")?.match(/member=([^;]+)/)?.[1] ?? "").split(".");
  if (!id || !name || !signature) return null;
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const bytes = Uint8Array.from(atob(signature), (c) => c.charCodeAt(0));
  const good = await crypto.subtle.verify("HMAC", key, bytes, new TextEncoder().encode(`${id}.${name}`));
  return good ? { id, name } : null;
}
