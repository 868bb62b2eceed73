import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> { // guard
  async fetch(): Promise<Response> {
    return Response.json((await this.ctx.storage.get("n")) ?? 0);
  }
}

// A helper that takes the state is no object.
export class Store { // ok
  constructor(private readonly state: DurableObjectState) {}

  read(): Promise<unknown> {
    return this.state.storage.get("n");
  }
}
