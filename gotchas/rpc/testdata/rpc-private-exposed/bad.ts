import { DurableObject } from "cloudflare:workers";

export class Vault extends DurableObject<Env> {
  read(): string {
    return this.ctx.storage.kv.get<string>("secret") ?? "";
  }

  private async wipe(): Promise<void> { // want "wipe is callable through a stub, and line 19 calls"
    await this.ctx.storage.deleteAll();
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const { method } = await request.json<{ method: "read" }>();
    const stub = env.VAULT.getByName("v");
    // The name comes from the request, so "wipe" works too.
    // @ts-expect-error the type checker is not asked
    return Response.json(await stub[method]());
  },
} satisfies ExportedHandler<Env>;
