import { Agent } from "agents";
import { DurableObject } from "cloudflare:workers";

const IDLE_MS = 60_000;
const ROUND_MS = 30_000;
const BREAK_MS = 5_000;

// One purpose, moved on by each request.
export class Idle extends DurableObject<Env> {
  async touch(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + IDLE_MS); // ok
  }

  async join(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + IDLE_MS); // ok
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}

// The sooner time wins.
export class Sooner extends DurableObject<Env> {
  async remind(id: string, at: number): Promise<void> {
    await this.ctx.storage.put(`reminder:${id}`, at);
    const pending = await this.ctx.storage.getAlarm();
    if (pending === null || at < pending) {
      await this.ctx.storage.setAlarm(at); // guard
    }
  }

  async alarm(): Promise<void> {}
}

// The states of a game follow each other.
export class Game extends DurableObject<Env> {
  async start(): Promise<void> {
    await this.ctx.storage.put("phase", "round");
    await this.ctx.storage.setAlarm(Date.now() + ROUND_MS); // ok
  }

  async pause(): Promise<void> {
    await this.ctx.storage.put("phase", "break");
    await this.ctx.storage.setAlarm(Date.now() + BREAK_MS); // ok
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + ROUND_MS); // ok
  }
}

// A single event with a time that can be changed.
export class Event extends DurableObject<Env> {
  async set(at: number): Promise<void> {
    await this.ctx.storage.put("at", at);
    await this.ctx.storage.setAlarm(at); // ok
  }

  async alarm(): Promise<void> {}
}

export class Helper extends Agent<Env> {
  async later(id: string, at: number): Promise<void> {
    await this.ctx.storage.put(`job:${id}`, at);
    await this.ctx.storage.setAlarm(at); // ok
  }
}
