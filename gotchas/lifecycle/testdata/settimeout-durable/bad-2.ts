import { DurableObject } from "cloudflare:workers";

export class Visit extends DurableObject<Env> {
  async leave(minutesOfGrace: number): Promise<void> {
    await scheduler.wait(minutesOfGrace * 60_000); // want "which by its name is long"
    await this.ctx.storage.deleteAll();
  }
}
