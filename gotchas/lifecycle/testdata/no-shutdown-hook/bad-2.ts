import { DurableObject } from "cloudflare:workers";

const gone = new FinalizationRegistry<string>((id) => console.log(id, "has gone"));

export class Saver extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    gone.register(this, ctx.id.toString()); // want "A finalizer may run late"
    for (const event of ["SIGTERM", "SIGINT"]) process.on(event, () => this.save()); // want "process.on is never told"
  }

  save(): void {
    this.ctx.storage.kv.put("saved", Date.now());
  }
}
