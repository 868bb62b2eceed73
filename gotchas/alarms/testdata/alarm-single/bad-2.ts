import { DurableObject } from "cloudflare:workers";

const SESSION_MS = 60_000;
const CLEANUP_MS = 3_600_000;

export class Mixed extends DurableObject<Env> {
  async remind(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at);
  }

  async expire(at: number): Promise<void> {
    const { storage } = this.ctx;
    await storage.setAlarm(at); // want "expire sets the alarm here and remind on line 8"
  }

  async alarm(): Promise<void> {}
}

export class Timers implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}

  async fetch(request: Request): Promise<Response> {
    await this.state.storage.setAlarm(Date.now() + SESSION_MS);
    return new Response(request.url);
  }

  async sweepLater(): Promise<void> {
    await this.state.storage.setAlarm(Date.now() + CLEANUP_MS); // want "sweepLater sets the alarm here and fetch on line 23"
  }

  async alarm(): Promise<void> {}
}

export class Sessions extends DurableObject<Env> {
  async login(user: string): Promise<void> {
    const expires = Date.now() + SESSION_MS;
    await this.ctx.storage.put(`session:${user}`, { user, expires });
    await this.#arm(expires);
  }

  async #arm(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at); // want "stores a time of its own .line 37."
  }

  async alarm(): Promise<void> {}
}
