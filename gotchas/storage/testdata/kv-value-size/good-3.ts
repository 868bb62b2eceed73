import { DurableObject } from "cloudflare:workers";
import * as Y from "yjs";

const CHUNK = 100 * 1024;

export class Page extends DurableObject<Env> {
  private readonly doc = new Y.Doc();

  async save(): Promise<void> {
    const state = Y.encodeStateAsUpdate(this.doc);
    for (let i = 0; i * CHUNK < state.byteLength; i++) {
      await this.ctx.storage.put(`doc:${i}`, state.slice(i * CHUNK, (i + 1) * CHUNK)); // ok
    }
  }
}
