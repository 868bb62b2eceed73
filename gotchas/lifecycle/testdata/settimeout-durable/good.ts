import { DurableObject } from "cloudflare:workers";

export class Session extends DurableObject<Env> {
  async touch(): Promise<void> {
    // setTimeout(() => this.cleanup(), 3600000) would die with the memory.
    await this.ctx.storage.setAlarm(Date.now() + 60 * 60_000); // guard
  }

  #shown?: ReturnType<typeof setTimeout>;

  typing(): void {
    clearTimeout(this.#shown);
    this.#shown = setTimeout(() => { // ok
      for (const ws of this.ctx.getWebSockets()) ws.send("stopped typing");
    }, 500);
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  async retry(url: string): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.within(fetch(url), 20_000);
      } catch (error) {
        if (attempt === 4) throw error;
        await scheduler.wait(100 * 2 ** attempt); // ok
      }
    }
  }

  async within<T>(work: Promise<T>, ms: number): Promise<T> {
    const timer = setTimeout(() => console.warn("setTimeout fired"), ms); // ok
    try {
      return await Promise.race([work, new Promise<never>((_, reject) => setTimeout(() => reject(new Error("timeout")), 30_000))]); // ok
    } finally {
      clearTimeout(timer);
    }
  }
}

setTimeout(() => console.log("not in an object"), 60_000); // ok
