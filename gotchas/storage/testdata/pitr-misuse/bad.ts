import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject {
  async undo(since: number) {
    const bookmark = await this.ctx.storage.getBookmarkForTime(since);
    await this.ctx.storage.onNextSessionRestoreBookmark(bookmark); // want "Nothing restarts the object"
    return "restored";
  }
}
