import { evictDurableObject } from "cloudflare:test";
import { DurableObject, env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";

// A small object stands in for the service that the quota protects.
export class Backend extends DurableObject {
	async take(amount: number): Promise<number> {
		const taken = ((await this.ctx.storage.get<number>("taken")) ?? 0) + amount;
		await this.ctx.storage.put("taken", taken);
		return taken;
	}
}

interface Case {
	title: string;
	takes: number[];
	left: number;
}

const LIMIT = 10;

const cases: Case[] = [
	{ title: "nothing taken", takes: [], left: LIMIT },
	{ title: "some taken", takes: [1, 2], left: 7 },
	{ title: "all taken", takes: [4, 6], left: 0 },
	{ title: "too much asked for", takes: [8, 5], left: 2 },
];

describe("Quota", () => {
	let customer = "";

	beforeEach(() => {
		customer = `customer-${crypto.randomUUID()}`;
	});

	for (const { title, takes, left } of cases) {
		it(title, async () => {
			const quota = env.QUOTA.getByName(customer);
			for (const amount of takes) await quota.take(amount);
			expect(await quota.left()).toBe(left);
		});
	}

	it("holds after a restart of the object", async () => {
		const quota = env.QUOTA.getByName(customer);
		await quota.take(9);
		await evictDurableObject(quota);
		expect(await quota.take(2)).toEqual({ ok: false, left: 1 });
	});

	it("keeps customers apart", async () => {
		await env.QUOTA.getByName(customer).take(LIMIT);
		const other = env.QUOTA.getByName(`${customer}-other`);
		expect(await other.left()).toBe(LIMIT);
	});

	it("passes on what is allowed", async () => {
		const backend = env.BACKEND.getByName(customer);
		await env.QUOTA.getByName(customer).forward(3);
		expect(await backend.take(0)).toBe(3);
	});

	it("says when it is refilled", async () => {
		const quota = env.QUOTA.getByName(customer);
		await quota.take(LIMIT);
		const { resets } = await quota.status();
		expect(resets).toBeGreaterThan(Date.now());
		expect(resets).toBeLessThanOrEqual(Date.now() + 3_600_000);
	});
});
