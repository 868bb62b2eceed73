import { DurableObject } from "cloudflare:workers";

export class Profile extends DurableObject<Env> {
  async clear(): Promise<void> {
    await this.ctx.storage.put("name", undefined); // want "put of undefined throws"
    await this.ctx.storage.put({ name: undefined, age: 1 }); // want "name is left out"
  }

  touch(): void {
    const { kv } = this.ctx.storage;
    kv.put("seen"); // want "gets no value"
  }
}
