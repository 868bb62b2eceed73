import { describe, expect, it } from "vitest";
import { env } from "cloudflare:workers";

describe("counter", () => {
  it("counts", async () => {
    const counter = env.COUNTER.getByName(crypto.randomUUID());
    await counter.increment(); // want "No test of this file evicts the object"
    expect(await counter.value()).toBe(1);
  });
});
