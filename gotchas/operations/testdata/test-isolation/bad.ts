import { describe, expect, it } from "vitest";
import { env } from "cloudflare:workers";

describe("counter", () => {
  it("starts at one", async () => {
    expect(await env.COUNTER.getByName("counter").increment()).toBe(1);
  });

  it("goes on to two", async () => {
    const counter = env.COUNTER.getByName("counter"); // want "The test on line 5 uses the same object"
    await counter.increment();
    expect(await counter.increment()).toBe(2);
  });
});
