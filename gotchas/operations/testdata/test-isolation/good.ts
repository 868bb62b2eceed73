import { describe, expect, it } from "vitest";
import { env } from "cloudflare:workers";

describe("counter", () => {
  it("starts at one", async () => {
    const counter = env.COUNTER.getByName("starts");
    expect(await counter.increment()).toBe(1);
    expect(await env.COUNTER.getByName("starts").increment()).toBe(2); // ok
  });

  it("goes on to two", async () => {
    const counter = env.COUNTER.getByName(crypto.randomUUID()); // guard
    await counter.increment();
    expect(await counter.increment()).toBe(2);
  });
});
