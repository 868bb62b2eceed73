import { describe, expect, it } from "vitest";
import { evictDurableObject } from "cloudflare:test"; // guard
import { env, exports } from "cloudflare:workers"; // ok

describe("the Worker", () => {
  it("remembers", async () => {
    expect((await exports.default.fetch("https://worker/")).status).toBe(200);
    const counter = env.COUNTER.getByName(crypto.randomUUID());
    await counter.increment();
    await evictDurableObject(counter);
    expect(await counter.increment()).toBe(2);
  });
});
