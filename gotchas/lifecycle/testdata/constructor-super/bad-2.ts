import { DurableObject } from "cloudflare:workers";

export class Swapped extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(env, ctx); // want "ctx comes first"
  }
}

export class Early extends DurableObject<Env> {
  count = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    this.count = 1; // want "There is no this before super"
    super(ctx, env);
  }
}
