import { DurableObject } from "cloudflare:workers";

export class Gate extends DurableObject<Env> {
  isOpen(): boolean {
    return true;
  }

  async pass(): Promise<void> {
    this.env.AUDIT.getByName("today").record("pass"); // want "record is not awaited"
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    const gate = env.GATE.getByName("north");
    if (!gate.isOpen()) return new Response("closed", { status: 403 }); // want "isOpen gives a promise"
    return new Response("open");
  },
} satisfies ExportedHandler<Env>;
