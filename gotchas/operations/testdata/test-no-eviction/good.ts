import { describe, expect, it } from "vitest";
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";

describe("counter", () => {
  it("counts through an eviction", async () => {
    const counter = env.COUNTER.getByName(crypto.randomUUID());
    await counter.increment(); // guard
    await evictDurableObject(counter);
    expect(await counter.value()).toBe(1);
  });
});
