import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  #count = 0;
  #limits?: { max: number };

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#count = ctx.storage.kv.get<number>("count") ?? 0; // guard
  }

  async webSocketMessage(ws: WebSocket, message: string): Promise<void> {
    this.#count++; // ok
    this.ctx.storage.kv.put("count", this.#count);
    const { max } = await this.limits();
    ws.send(`${message} ${this.#count} of ${max}`);
  }

  async limits(): Promise<{ max: number }> {
    return (this.#limits ??= (await this.ctx.storage.get<{ max: number }>("limits")) ?? { max: 10 }); // ok
  }
}
