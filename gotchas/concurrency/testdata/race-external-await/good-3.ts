import { DurableObject } from "cloudflare:workers";

class Lease {
  constructor(readonly what: string) {}

  async [Symbol.asyncDispose](): Promise<void> {
    await fetch(`https://leases.example/${this.what}`, { method: "DELETE" });
  }
}

class Clock {
  [Symbol.dispose](): void {
    console.log("done");
  }
}

export class Stock extends DurableObject<Env> {
  // The lease is given back when the method ends, after the write.
  async take(n: number): Promise<number> {
    await using _lease = new Lease("stock");
    const left = ((await this.ctx.storage.get<number>("left")) ?? 0) - n;
    await this.ctx.storage.put("left", left); // ok
    return left;
  }

  async give(n: number): Promise<void> {
    const left = (await this.ctx.storage.get<number>("left")) ?? 0;
    {
      using _clock = new Clock(); // disposing of this waits for nothing
    }
    await this.ctx.storage.put("left", left + n); // ok
  }
}
