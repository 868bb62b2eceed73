import { describe, expect, it } from "vitest";
import { SELF } from "cloudflare:test"; // want "SELF belongs to the package"
import { defineWorkersConfig } from "@cloudflare/vitest-pool-workers/config"; // want "has been replaced"

export const config = defineWorkersConfig({});

describe("the Worker", () => {
  it("answers", async () => {
    expect((await SELF.fetch("https://worker/")).status).toBe(200);
  });
});
