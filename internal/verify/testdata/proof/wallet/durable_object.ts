import { DurableObject } from "cloudflare:workers";

type Entry = { cents: number; note: string };

/** Money in several pots. A move takes from one and gives to another, both or neither. */
export class Wallet extends DurableObject<Env> {
  private async pot(name: string): Promise<number> {
    return (await this.ctx.storage.get<number>(`pot:${name}`)) ?? 0;
  }

  async put(name: string, cents: number): Promise<number> {
    const total = (await this.pot(name)) + cents;
    await this.ctx.storage.put({ [`pot:${name}`]: total, last: { cents, note: `into ${name}` } satisfies Entry });
    return total;
  }

  async move(from: string, to: string, cents: number): Promise<"moved" | "short"> {
    try {
      await this.ctx.storage.transaction(async (txn) => {
        const there = (await txn.get<number>(`pot:${from}`)) ?? 0;
        await txn.put(`pot:${from}`, there - cents);
        if (there < cents) throw new RangeError("not enough");
        const target = (await txn.get<number>(`pot:${to}`)) ?? 0;
        await txn.put(`pot:${to}`, target + cents);
      });
    } catch {
      return "short";
    }
    await this.ctx.storage.put("last", { cents, note: `${from} to ${to}` } satisfies Entry);
    return "moved";
  }

  async pots(): Promise<Record<string, number>> {
    const all = await this.ctx.storage.list<number>({ prefix: "pot:", limit: 100 });
    return Object.fromEntries([...all].map(([key, cents]) => [key.slice("pot:".length), cents]));
  }

  async last(): Promise<Entry | null> {
    return (await this.ctx.storage.get<Entry>("last")) ?? null;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const owner = request.headers.get("authorization");
    if (!owner) return new Response("whose wallet?", { status: 401 });
    const wallet = env.WALLET.getByName(owner);
    const cents = Number(searchParams.get("cents"));
    if (request.method === "GET") return Response.json({ pots: await wallet.pots(), last: await wallet.last() });
    if (pathname === "/move") return Response.json(await wallet.move(searchParams.get("from") ?? "", searchParams.get("to") ?? "", cents));
    return Response.json(await wallet.put(pathname.slice(1), cents));
  },
};
