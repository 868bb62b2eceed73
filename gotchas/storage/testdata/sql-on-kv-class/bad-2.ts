import { DurableObject } from "cloudflare:workers";

export class Profile extends DurableObject<Env> {
  read(): unknown {
    const { kv } = this.ctx.storage;
    return kv.get("profile"); // want "Profile uses ctx.storage.kv"
  }
}
