import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

interface Profile {
  name: string;
  level: number;
}

// It is read back, but what changes is never stored.
export class Player extends DurableObject<Env> {
  private profile: Profile | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.profile = (await ctx.storage.get<Profile>("profile")) ?? null;
    });
  }

  async rename(name: string): Promise<void> {
    this.profile = { name, level: this.profile?.level ?? 1 }; // want "nothing stores what line 16 reads back"
    await this.ctx.storage.put("renamed", Date.now());
  }

  name(): string {
    return this.profile?.name ?? "";
  }
}

// A route's handler, which the constructor registers, runs at every request.
export class Poll extends DurableObject<Env> {
  #app = new Hono();
  #votes = 0;
  #totals = { yes: 0 };
  paused = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#app.post("/vote", (c) => {
      this.#votes += 1; // want "#votes changes here"
      return c.json({ votes: this.#votes });
    });
  }

  fetch(request: Request): Response | Promise<Response> {
    return this.#app.fetch(request);
  }

  yes(): number {
    const totals = this.#totals;
    totals.yes++; // want "#totals changes here"
    return this.#totals.yes;
  }

  command(kind: "pause" | "resume"): void {
    switch (kind) {
      case "pause":
        this.paused = true; // want "paused changes here"
        break;
      case "resume":
        this.paused = false;
        break;
    }
  }

  async alarm(): Promise<void> {
    if (this.paused) return;
    await this.ctx.storage.put("counted", Date.now());
  }
}

// Some requests come before the one that says which room this is.
export class Room extends DurableObject<Env> {
  private room = "";

  async fetch(request: Request): Promise<Response> {
    if (request.method === "DELETE") {
      await this.env.LIST.getByName("rooms").remove(this.room); // want "room is learned from a request"
      return new Response(null, { status: 204 });
    }
    const url = new URL(request.url);
    if (!this.room) this.room = url.pathname;
    return new Response(`This is ${this.room}.`);
  }
}

// Who waits is put back after hibernation, but not what they wait for.
export class Lobby extends DurableObject<Env> {
  #members = new Map<WebSocket, { name: string; missed: string[] }>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    for (const ws of ctx.getWebSockets()) {
      this.#members.set(ws, { name: ws.deserializeAttachment() as string, missed: [] });
    }
  }

  say(text: string): void {
    for (const member of this.#members.values()) member.missed.push(text); // want "missed is filled here"
  }

  webSocketMessage(ws: WebSocket): void {
    for (const text of this.#members.get(ws)?.missed ?? []) ws.send(text);
  }
}
