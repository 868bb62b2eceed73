import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  add(n: number): number {
    return n;
  }
}

async function retrying<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error as { retryable?: boolean }).retryable) throw error;
    }
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    const counter = env.COUNTER.getByName("hits-2026");
    const first = await retrying(() => counter.add(1)); // want "uses the stub of line 21"
    const again = () => counter.add(2); // want "uses the stub of line 21"
    let second = 0;
    while (second === 0) {
      try {
        second = await again();
      } catch (error) {
        if (!(error as { retryable?: boolean }).retryable) throw error;
      }
    }
    return Response.json({ first, second });
  },
} satisfies ExportedHandler<Env>;
