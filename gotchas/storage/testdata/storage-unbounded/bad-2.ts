export class Room implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}

  async fetch(request: Request): Promise<Response> {
    const key = new Date().toISOString();
    await this.state.storage.put(key, await request.text()); // want "The key key is new each time"
    await this.state.storage.put("last", key); // ok
    return new Response("stored");
  }
}
