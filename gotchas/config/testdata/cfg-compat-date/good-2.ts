export class Room implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}

  async fetch(request: Request): Promise<Response> {
    return new Response(await this.count());
  }

  async count(): Promise<string> {
    return String((await this.state.storage.get<number>("n")) ?? 0);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.ROOM.get(env.ROOM.idFromName("main")).fetch(request);
  },
};
