import { DurableObject } from "cloudflare:workers";

const EVERY = 10_000;

export class Room extends DurableObject<Env> {
  #arm(): Promise<void> {
    return this.ctx.storage.setAlarm(Date.now() + EVERY); // want "nothing but set itself again"
  }

  async alarm(): Promise<void> {
    console.log("still here", new Date().toISOString());
    await this.#arm();
  }

  async stay(): Promise<void> {
    const self = this.env.ROOM.get(this.ctx.id);
    await self.fetch("https://room/keep-alive"); // want "Room calls itself here"
  }
}

async function warmAll(env: Env): Promise<void> {
  for (const name of ["a", "b"]) {
    await env.ROOM.getByName(name).keepWarm(); // want "The cron calls keepWarm"
  }
}

export default {
  async scheduled(_event, env): Promise<void> {
    await warmAll(env);
  },
} satisfies ExportedHandler<Env>;
