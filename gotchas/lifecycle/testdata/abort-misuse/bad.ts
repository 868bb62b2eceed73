import { DurableObject } from "cloudflare:workers";

export class Game extends DurableObject<Env> {
  async move(player: string, at: number): Promise<void> {
    if (at < 0) this.ctx.abort("illegal move"); // want "This ends Game"
    await this.ctx.storage.put(`move:${player}`, at);
  }

  async replace(state: unknown): Promise<void> {
    const { ctx } = this;
    try {
      if (state === null) ctx.abort(); // want "cannot catch this"
      await ctx.storage.put("state", state);
    } catch (error) {
      console.error(error);
    }
  }
}
