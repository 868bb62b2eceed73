import { DurableObject } from "cloudflare:workers";

class Lease {
  constructor(readonly what: string) {}

  async [Symbol.asyncDispose](): Promise<void> {
    await fetch(`https://leases.example/${this.what}`, { method: "DELETE" });
  }
}

export class Stock extends DurableObject<Env> {
  async take(n: number): Promise<number> {
    let left = (await this.ctx.storage.get<number>("left")) ?? 0;
    {
      await using _lease = new Lease("stock");
      left -= n;
    } // the lease is given back here, and that is waited for
    await this.ctx.storage.put("left", left); // want "read on line 13 and written here"
    return left;
  }
}
