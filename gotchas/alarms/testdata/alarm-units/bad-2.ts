export class Session implements DurableObject {
  static readonly ttl = 30 * 60;

  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    const { storage } = this.state;
    const now = Date.now() / 1000;
    const at = now + Session.ttl;
    await storage.setAlarm(at); // want "a time in seconds"
    await storage.setAlarm(Session.ttl); // want "January 1970"
    await storage.setAlarm("2030-01-01"); // want "does not take text"
    return new Response("ok");
  }

  async alarm(): Promise<void> {}
}
