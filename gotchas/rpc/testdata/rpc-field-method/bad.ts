import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  increment = async (): Promise<number> => this.ctx.storage.kv.get<number>("n") ?? 0; // want "line 10 calls it through a stub"
  decrement = (): number => 0; // want "nothing in the class uses"
}

export default {
  async fetch(_request, env): Promise<Response> {
    return Response.json(await env.COUNTER.getByName("visits").increment());
  },
} satisfies ExportedHandler<Env>;
