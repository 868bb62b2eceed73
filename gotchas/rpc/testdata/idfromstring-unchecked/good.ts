import { DurableObject } from "cloudflare:workers";

export class Order extends DurableObject<Env> {
  status(): string {
    return this.ctx.storage.kv.get<string>("status") ?? "unknown";
  }
}

function orderOf(env: Env, text: string): DurableObjectStub<Order> {
  return env.ORDER.get(env.ORDER.idFromString(text)); // guard
}

export default {
  async fetch(request, env): Promise<Response> {
    const text = new URL(request.url).pathname.slice(1);
    try {
      return new Response(await orderOf(env, text).status());
    } catch {
      return new Response("no such order", { status: 404 });
    }
  },

  async queue(batch, env): Promise<void> {
    for (const message of batch.messages) {
      const order = env.ORDER.get(env.ORDER.idFromString((message.body as { order: string }).order)); // ok
      console.log(await order.status());
    }
  },
} satisfies ExportedHandler<Env>;
