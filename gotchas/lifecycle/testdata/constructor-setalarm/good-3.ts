export class Announcer implements DurableObject {
  private pending: { at: number; text: string }[] = [];

  constructor(private readonly state: DurableObjectState) {
    state.storage.get<{ at: number; text: string }[]>("pending").then((list) => {
      this.pending = list ?? [];
      const next = Math.min(...this.pending.map(({ at }) => at));
      if (this.pending.length > 0) state.storage.setAlarm(next); // ok
    });
  }

  async fetch(request: Request): Promise<Response> {
    this.pending.push(await request.json());
    await this.state.storage.put("pending", this.pending.slice(-50));
    await this.state.storage.setAlarm(Math.min(...this.pending.map(({ at }) => at)));
    return new Response(null, { status: 204 });
  }

  async alarm(): Promise<void> {
    this.pending = this.pending.filter(({ at }) => at > Date.now());
    await this.state.storage.put("pending", this.pending);
    if (this.pending.length > 0) await this.state.storage.setAlarm(Math.min(...this.pending.map(({ at }) => at)));
  }
}
