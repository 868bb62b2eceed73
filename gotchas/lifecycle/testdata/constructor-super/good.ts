import { DurableObject } from "cloudflare:workers";

export class A extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env); // guard
  }
}

export class B extends DurableObject<Env> {
  constructor(...args: ConstructorParameters<typeof DurableObject<Env>>) {
    super(...args); // ok
  }
}

export class C extends DurableObject<Env> {}
