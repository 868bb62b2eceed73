import { DurableObject } from "cloudflare:workers";

export class A extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) { // want "The constructor of A never calls super"
    ctx.storage.kv.put("started", env.REGION);
  }
}

export class B extends DurableObject<Env> {
  constructor(ctx: DurableObjectState) {
    super(ctx); // want "super gets .ctx."
  }
}
