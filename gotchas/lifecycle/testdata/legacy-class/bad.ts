export class Counter implements DurableObject { // want "Counter is a Durable Object .implements DurableObject. that extends nothing"
  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    return Response.json(await this.state.storage.get("n"));
  }
}
