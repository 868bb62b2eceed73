import { DurableObject } from "cloudflare:workers";

export class Account extends DurableObject<Env> {
  balance(): number {
    return this.ctx.storage.kv.get<number>("balance") ?? 0;
  }

  private set(value: number): void { // want "set is callable through a stub"
    this.ctx.storage.kv.put("balance", value);
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const account = env.ACCOUNT.getByName(request.url);
    const { method, args } = await request.json<{ method: string; args: unknown[] }>();
    return Response.json(await Reflect.get(account, method)(...args));
  },
} satisfies ExportedHandler<Env>;
