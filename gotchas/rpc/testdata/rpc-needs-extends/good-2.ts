// Only fetch: no RPC is needed, so the old form works.
export class Counter { // ok
  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    return new Response(String(await this.load()));
  }

  private async load(): Promise<number> {
    return (await this.state.storage.get<number>("n")) ?? 0;
  }
}
