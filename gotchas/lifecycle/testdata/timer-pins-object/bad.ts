import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  async fetch(): Promise<Response> {
    setInterval(() => { // want "cannot hibernate"
      for (const ws of this.ctx.getWebSockets()) ws.send("ping");
    }, 30_000);
    return new Response("ok");
  }
}
