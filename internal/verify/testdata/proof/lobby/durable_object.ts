import { DurableObject } from "cloudflare:workers";

type Guest = { name: string; ready: boolean };

/** Who waits in a lobby. A guest is what their socket carries; the map only finds them faster. */
export class Lobby extends DurableObject<Env> {
  #guests = new Map<WebSocket, Guest>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    for (const ws of ctx.getWebSockets()) {
      const guest = ws.deserializeAttachment() as Guest | null;
      if (guest) this.#guests.set(ws, guest);
    }
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.endsWith("/who")) return Response.json(this.#who());
    if (request.headers.get("Upgrade") !== "websocket") return new Response("expected a WebSocket", { status: 426 });
    const guest: Guest = { name: url.searchParams.get("name") ?? "guest", ready: false };
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [guest.name]);
    server.serializeAttachment(guest);
    this.#guests.set(server, guest);
    this.#tell({ type: "joined", name: guest.name });
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const guest = this.#guests.get(ws);
    if (!guest) return;
    if (message === "ready") {
      guest.ready = true;
      ws.serializeAttachment(guest);
      this.#tell({ type: "ready", name: guest.name, all: this.#who().every(({ ready }) => ready) });
    } else {
      this.#tell({ type: "said", name: guest.name, text: String(message) });
    }
  }

  override async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    const guest = this.#guests.get(ws);
    this.#guests.delete(ws);
    ws.close(code === 1005 || code === 1006 ? 1000 : code, "bye");
    if (guest) this.#tell({ type: "left", name: guest.name });
  }

  #who(): Guest[] {
    return [...this.#guests.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  #tell(event: object): void {
    const text = JSON.stringify(event);
    for (const ws of this.#guests.keys()) {
      try {
        ws.send(text);
      } catch {
        // It is closing; its close event follows.
      }
    }
  }
}

export default {
  fetch(request, env): Promise<Response> {
    const [, lobby] = new URL(request.url).pathname.split("/");
    return env.LOBBY.getByName(lobby || "main").fetch(request);
  },
} satisfies ExportedHandler<Env>;
