import { DurableObject } from "cloudflare:workers";

type Seat = { label: string; buyer: string | null; cents: number };

/** What has been paid, in one object of its own. */
export class Till extends DurableObject<Env> {
  async take(cents: number): Promise<number> {
    const total = ((await this.ctx.storage.get<number>("total")) ?? 0) + cents;
    await this.ctx.storage.put("total", total);
    return total;
  }

  async total(): Promise<number> {
    return (await this.ctx.storage.get<number>("total")) ?? 0;
  }
}

/** The seats of one performance. A seat is sold once, and the till hears of it. */
export class Hall extends DurableObject<Env> {
  private readonly sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql.exec("CREATE TABLE IF NOT EXISTS seats (label TEXT PRIMARY KEY, buyer TEXT, cents INTEGER NOT NULL)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS sales (seq INTEGER PRIMARY KEY, label TEXT NOT NULL, buyer TEXT NOT NULL)");
  }

  async build(rows: number, cents: number): Promise<number> {
    this.ctx.storage.transactionSync(() => {
      for (let i = 1; i <= rows; i++) this.sql.exec("INSERT OR IGNORE INTO seats (label, cents) VALUES (?, ?)", `A${i}`, cents);
    });
    return this.free();
  }

  free(): number {
    return this.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM seats WHERE buyer IS NULL").one().n;
  }

  sales(): number {
    return this.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM sales").one().n;
  }

  /** Sells one seat, and says which; null where it is gone. */
  async sell(label: string, buyer: string): Promise<string | null> {
    const seat = this.sql.exec<Seat>("SELECT label, buyer, cents FROM seats WHERE label = ?", label).toArray()[0];
    if (!seat || seat.buyer !== null) return null;
    this.ctx.storage.transactionSync(() => {
      this.sql.exec("UPDATE seats SET buyer = ? WHERE label = ?", buyer, label);
      this.sql.exec("INSERT INTO sales (label, buyer) VALUES (?, ?)", label, buyer);
    });
    await this.env.TILL.getByName("front").take(seat.cents);
    return label;
  }

  /** Sells several seats or none. */
  async sellAll(labels: string[], buyer: string): Promise<boolean> {
    try {
      this.ctx.storage.transactionSync(() => {
        for (const label of labels) {
          const sold = this.sql.exec("UPDATE seats SET buyer = ? WHERE label = ? AND buyer IS NULL RETURNING label", buyer, label).toArray();
          if (sold.length === 0) throw new Error(`${label} is gone`);
        }
      });
      return true;
    } catch {
      return false;
    }
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const [, show = "", action = ""] = url.pathname.split("/");
    const hall = env.HALL.getByName(show);
    const buyer = url.searchParams.get("buyer") ?? "";
    const labels = (url.searchParams.get("seats") ?? "").split(",");
    switch (`${request.method} ${action}`) {
      case "POST build":
        return Response.json({ free: await hall.build(Number(url.searchParams.get("rows")), 1_500) });
      case "POST sell": {
        const label = await hall.sell(labels[0]!, buyer);
        return Response.json({ label }, { status: label ? 200 : 409 });
      }
      case "POST sell-all":
        return Response.json({ sold: await hall.sellAll(labels, buyer) });
      case "GET free":
        return Response.json({ free: await hall.free(), sales: await hall.sales(), taken: await env.TILL.getByName("front").total() });
    }
    return new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
