import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  add(n: number): number {
    return n;
  }
}

async function times<T>(most: number, call: () => Promise<T>): Promise<T> {
  let last: unknown;
  for (let n = 0; n < most; n++) {
    try {
      return await call();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

export default {
  async fetch(_request, env): Promise<Response> {
    const first = await times(5, () => env.COUNTER.getByName("hits-2026").add(1)); // want "Every error of add is tried again at once"
    for (const delay of [0, 50, 500]) {
      await scheduler.wait(delay);
      try {
        return Response.json({ first, second: await env.COUNTER.getByName("hits-2026").add(2) }); // want "Every error of add is tried again"
      } catch (error) {
        console.warn(error);
      }
    }
    let third: number | undefined;
    while (third === undefined) third = await env.COUNTER.getByName("hits-2026").add(3).catch(() => undefined); // want "tried again at once"
    return Response.json({ first, third });
  },
} satisfies ExportedHandler<Env>;
