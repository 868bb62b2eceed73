import { DurableObject } from "cloudflare:workers";

export class Reminder extends DurableObject<Env> {
  async remind(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at); // want "Reminder sets an alarm but has no alarm.. method"
  }
}

function arm(storage: DurableObjectStorage): Promise<void> {
  return storage.setAlarm(Date.now() + 60_000); // want "Cleaner sets an alarm"
}

export class Cleaner implements DurableObject {
  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    await arm(this.state.storage);
    return new Response("alarm() follows");
  }
}
