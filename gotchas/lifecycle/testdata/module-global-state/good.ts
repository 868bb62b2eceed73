import { DurableObject } from "cloudflare:workers";

const encoder = new TextEncoder();
const ROLES = ["host", "guest"];
let requests = 0;

export class Lobby extends DurableObject<Env> {
  enter(name: string): number {
    const visitors = (this.ctx.storage.kv.get<number>("visitors") ?? 0) + encoder.encode(name).length; // ok
    this.ctx.storage.kv.put("visitors", visitors);
    return visitors + ROLES.length;
  }
}

export default {
  fetch(): Response {
    return new Response(String(++requests)); // ok
  },
} satisfies ExportedHandler<Env>;
