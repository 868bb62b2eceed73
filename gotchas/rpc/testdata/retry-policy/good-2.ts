import { DurableObject } from "cloudflare:workers";

declare function mayRetry(error: unknown): boolean;

export class Relay extends DurableObject<Env> {
  // A policy of its own decides.
  async forward(text: string): Promise<void> {
    for (let i = 0; i < 3; i++) {
      try {
        await this.env.ROOM.getByName(text).post(text); // ok
        return;
      } catch (error) {
        if (!mayRetry(error)) throw error;
      }
    }
  }

  // The message decides.
  async ask(room: string): Promise<Response> {
    for (let i = 0; ; i++) {
      try {
        return await this.env.ROOM.getByName(room).fetch("https://room/state"); // ok
      } catch (error) {
        if (i > 2 || !(error as Error).message.includes("Network connection lost")) throw error;
      }
    }
  }

  // Many shards, each asked once: the first that answers wins.
  async anyShard(): Promise<Response | null> {
    for (let i = 0; i < 8; i++) {
      try {
        return await this.env.ROOM.getByName(`shard-${i}`).fetch("https://room/state"); // ok
      } catch {
        continue;
      }
    }
    return null;
  }

  // All rooms, one after the other.
  async tell(rooms: string[], text: string): Promise<void> {
    for (const room of rooms) {
      try {
        await this.env.ROOM.getByName(room).post(text); // ok
        if (text === "") break;
      } catch (error) {
        console.error(error);
      }
    }
  }

  // A loop of work that ends at the first error.
  async drain(room: string): Promise<void> {
    while (true) {
      try {
        if (!(await this.env.ROOM.getByName(room).next())) return; // ok
      } catch (error) {
        console.error(error);
        break;
      }
    }
  }

  // News is asked for until there is some; one lost answer does not matter.
  async until(room: string): Promise<void> {
    while (true) {
      try {
        const state = await this.env.ROOM.getByName(room).state(); // ok
        if (state === "done") return;
      } catch (error) {
        console.error(error);
      }
      await scheduler.wait(1000);
    }
  }

  // A retry of another service says nothing about objects: .retryable, stub.fetch()
  async page(): Promise<Response> {
    for (let i = 0; ; i++) {
      try {
        return await fetch("https://example.com/"); // ok
      } catch (error) {
        if (i === 3) throw error;
      }
    }
  }
}
