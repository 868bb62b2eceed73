import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  ping(): string {
    return "pong";
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 30_000); // want "nothing but set itself again"
  }
}

export default {
  async fetch(): Promise<Response> {
    return new Response("ok");
  },

  async scheduled(_event, env, ctx): Promise<void> {
    ctx.waitUntil(env.ROOM.getByName("lobby").ping()); // want "The cron calls ping"
  },
} satisfies ExportedHandler<Env>;
