import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

import type { Counter } from "../src/counter";

// Storage is shared by all tests of a file, so each test has objects of its own.
function freshCounter(): DurableObjectStub<Counter> {
  return env.COUNTER.getByName(crypto.randomUUID());
}

describe("Counter", () => {
  it("starts at zero", async () => {
    const counter = freshCounter();
    expect(await counter.value()).toBe(0);
  });

  it("counts up and down", async () => {
    const counter = freshCounter();
    await counter.add(3);
    await counter.add(-1);
    expect(await counter.value()).toBe(2);
  });

  it("keeps its value when the object leaves memory", async () => {
    const counter = freshCounter();
    await counter.add(5);
    await evictDurableObject(counter);
    expect(await counter.value()).toBe(5);
  });

  it("does not lose calls that come at once", async () => {
    const counter = freshCounter();
    await Promise.all(Array.from({ length: 20 }, () => counter.add(1)));
    expect(await counter.value()).toBe(20);
  });

  it("forgets what nobody has used for a month", async () => {
    const counter = freshCounter();
    await counter.add(1);
    expect(await runDurableObjectAlarm(counter)).toBe(true);
    expect(await counter.value()).toBe(0);
  });

  it("stores one row", async () => {
    const counter = freshCounter();
    await counter.add(1);
    const rows = await runInDurableObject(counter, (_, state) => {
      return state.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM counts").one().n;
    });
    expect(rows).toBe(1);
  });
});

describe("the Worker", () => {
  it("serves a counter by its name", async () => {
    const name = crypto.randomUUID();
    await exports.default.fetch(`https://worker/${name}`, { method: "POST" });
    const response = await exports.default.fetch(`https://worker/${name}`);
    expect(await response.json()).toEqual({ value: 1 });
  });

  it("refuses a request without a name", async () => {
    const response = await exports.default.fetch("https://worker/");
    expect(response.status).toBe(404);
  });
});
