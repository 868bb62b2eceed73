export class Counter {
  constructor(
    private readonly state: DurableObjectState,
    private readonly env: Env,
  ) {}

  async increment(): Promise<number> { // want "does not extend DurableObject"
    const n = ((await this.state.storage.get<number>("n")) ?? 0) + 1;
    await this.state.storage.put("n", n);
    return n;
  }

  async fetch(): Promise<Response> {
    return new Response("ok");
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    return Response.json(await env.COUNTER.getByName("visits").increment());
  },
} satisfies ExportedHandler<Env>;
