import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  clean(): void {
    this.ctx.storage.sql.exec("DELETE FROM messages WHERE sent < ?", Date.now() - 86_400_000);
  }

  async alarm(): Promise<void> {
    this.clean();
    await this.ctx.storage.setAlarm(Date.now() + 3_600_000); // guard
  }
}

export default {
  async fetch(): Promise<Response> {
    return new Response("ok");
  },

  async scheduled(_event, env, ctx): Promise<void> {
    ctx.waitUntil(env.ROOM.getByName("lobby").clean()); // guard
  },
} satisfies ExportedHandler<Env>;
