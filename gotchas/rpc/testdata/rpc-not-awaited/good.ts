import { DurableObject } from "cloudflare:workers";

export class Gate extends DurableObject<Env> {
  isOpen(): boolean {
    return true;
  }

  pass(): Promise<void> {
    return this.env.AUDIT.getByName("today").record("pass"); // ok
  }
}

export default {
  async fetch(_request, env, ctx): Promise<Response> {
    const gate = env.GATE.getByName("north");
    ctx.waitUntil(env.AUDIT.getByName("today").record("seen")); // ok
    const state = gate.isOpen(); // ok
    gate.pass().catch(console.error); // ok
    if (!(await gate.isOpen())) return new Response("closed", { status: 403 }); // guard
    return Response.json(await state);
  },
} satisfies ExportedHandler<Env>;
