import { DurableObject } from "cloudflare:workers";

export class Ledger extends DurableObject {
  async undo(since: number) {
    const bookmark = await this.ctx.storage.getBookmarkForTime(since); // ok
    const back = await this.ctx.storage.onNextSessionRestoreBookmark(bookmark); // ok
    console.log(`to undo the restore, go back to ${back}`);
    this.ctx.abort("restoring"); // guard
  }

  async bookmark() {
    return this.ctx.storage.getCurrentBookmark(); // ok
  }
}
