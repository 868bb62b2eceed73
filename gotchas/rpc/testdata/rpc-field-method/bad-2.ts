import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  increment: () => number; // want "increment is a field, and line 15 calls it"

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.increment = () => 1;
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const counter = env.COUNTER.getByName(request.url);
    return Response.json(await counter.increment());
  },
} satisfies ExportedHandler<Env>;
