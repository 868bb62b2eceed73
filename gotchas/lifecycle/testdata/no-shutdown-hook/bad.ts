import { DurableObject } from "cloudflare:workers";

export class Draft extends DurableObject<Env> {
  #text = "";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    process.on("exit", () => this.#save()); // want "never told that the object leaves memory"
    addEventListener("beforeunload", () => this.#save()); // want "does not exist here"
  }

  edit(text: string): void {
    this.#text = text;
  }

  #save(): void {
    this.ctx.storage.kv.put("text", this.#text);
  }
}
