import { DurableObject } from "cloudflare:workers";

export class Game extends DurableObject<Env> {
  async move(player: string, at: number): Promise<void> {
    if (at < 0) throw new RangeError("illegal move");
    await this.ctx.storage.put(`move:${player}`, at);
  }

  async back(to: Date): Promise<void> {
    const bookmark = await this.ctx.storage.getBookmarkForTime(to);
    await this.ctx.storage.onNextSessionRestoreBookmark(bookmark);
    this.ctx.abort("restoring"); // guard
  }

  async load(): Promise<void> {
    try {
      await this.ctx.storage.get("state");
    } catch (error) {
      this.ctx.abort(`storage failed: ${error}`); // guard
    }
  }

  // For operators.
  async restart(): Promise<void> {
    this.ctx.abort("restart"); // ok
  }
}
