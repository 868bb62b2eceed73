import { DurableObject, env as workerEnv } from "cloudflare:workers";

export class Mailer extends DurableObject<Env> {
  #from: string;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#from = env.SENDER; // ok
  }

  async send(to: string, text: string): Promise<void> {
    const { env, ctx } = this;
    await env.MAIL.send({ from: this.#from, to, text }); // ok
    ctx.storage.kv.put(`sent:${to}`, Date.now());
  }

  region(): string {
    return workerEnv.REGION;
  }

  // Here state is the method's own.
  report(state: { storage: number }): number {
    return state.storage; // ok
  }
}
