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

function counterOf(env: Env): DurableObjectStub<Counter> {
  return env.COUNTER.getByName("hits-2026");
}

export default {
  async fetch(_request, env): Promise<Response> {
    const first = await retrying(() => env.COUNTER.getByName("hits-2026").add(1)); // ok
    let second = 0;
    while (second === 0) {
      const counter = counterOf(env);
      try {
        second = await counter.add(2); // ok
      } catch (error) {
        if (!(error as { retryable?: boolean }).retryable) throw error;
      }
    }
    // Each step is another call.
    const counter = counterOf(env);
    for (let n = 0; n < 5; n++) {
      try {
        await counter.add(n); // ok
      } catch (error) {
        console.warn(n, error);
      }
    }
    return Response.json({ first, second });
  },
} satisfies ExportedHandler<Env>;
