import { DurableObject } from "cloudflare:workers";
import * as Y from "yjs";

export class Page extends DurableObject<Env> {
  private readonly doc = new Y.Doc();

  async apply(update: Uint8Array): Promise<void> {
    Y.applyUpdate(this.doc, update);
    await this.ctx.storage.put("doc", Y.encodeStateAsUpdate(this.doc)); // want "the whole document"
  }
}
