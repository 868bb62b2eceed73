import { DurableObject } from "cloudflare:workers";

export interface Env {
  ORDERS: DurableObjectNamespace<OrderFlow>;
  PAYMENTS_URL: string;
  WAREHOUSE: Fetcher;
}

type Phase = "open" | "charging" | "paid" | "shipped" | "failed";

interface Line {
  sku: string;
  quantity: number;
  cents: number;
}

interface Order {
  phase: Phase;
  lines: Line[];
  attempts: number;
  charge?: string;
}

const ORDER = "order";
const RETRY_AFTER = 30_000;
const MAX_ATTEMPTS = 8;

// What may follow what. Everything else is refused.
const NEXT: Record<Phase, Phase[]> = {
  open: ["charging"],
  charging: ["paid", "failed", "open"],
  paid: ["shipped"],
  shipped: [],
  failed: [],
};

async function load(ctx: DurableObjectState): Promise<Order> {
  return (await ctx.storage.get<Order>(ORDER)) ?? { phase: "open", lines: [], attempts: 0 };
}

/** Moves the order on; nothing but storage is awaited between its read and its write. */
async function advance(ctx: DurableObjectState, to: Phase, change: Partial<Order> = {}): Promise<Order> {
  const order = await load(ctx);
  if (!NEXT[order.phase].includes(to)) throw new Error(`${order.phase} cannot become ${to}`);
  const moved: Order = { ...order, ...change, phase: to };
  await ctx.storage.put(ORDER, moved);
  return moved;
}

async function charge(url: string, key: string, cents: number): Promise<string> {
  const response = await fetch(`${url}/charges`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({ cents }),
  });
  if (!response.ok) throw new Error(`payment answered ${response.status}`);
  const { id } = await response.json<{ id: string }>();
  return id;
}

const total = (lines: Line[]) => lines.reduce((sum, line) => sum + line.cents * line.quantity, 0);

/** One object per order. The phase in storage says what may happen next. */
export class OrderFlow extends DurableObject<Env> {
  async addLine(line: Line): Promise<number> {
    const order = await load(this.ctx);
    if (order.phase !== "open") throw new Error("the order is closed");
    order.lines.push(line);
    await this.ctx.storage.put(ORDER, order);
    return total(order.lines);
  }

  async status(): Promise<{ phase: Phase; cents: number }> {
    const order = await load(this.ctx);
    return { phase: order.phase, cents: total(order.lines) };
  }

  /** Takes the order into "charging" before anything is asked of the outside. */
  async checkout(): Promise<Phase> {
    const claimed = await advance(this.ctx, "charging");
    await this.ctx.storage.setAlarm(Date.now() + RETRY_AFTER);
    return this.settle(claimed);
  }

  // Runs again when the object stopped, or the payment failed, half way.
  async alarm(): Promise<void> {
    const order = await load(this.ctx);
    if (order.phase !== "charging") return;
    if (order.attempts >= MAX_ATTEMPTS) {
      await advance(this.ctx, "failed");
      return;
    }
    await this.settle(order);
  }

  async ship(): Promise<void> {
    const order = await load(this.ctx);
    if (order.phase !== "paid") throw new Error(`cannot ship what is ${order.phase}`);
    // The warehouse takes the same parcel once only.
    const answer = await this.env.WAREHOUSE.fetch("https://warehouse/parcels", {
      method: "PUT",
      headers: { "idempotency-key": this.ctx.id.toString() },
      body: JSON.stringify(order.lines),
    });
    if (!answer.ok) throw new Error(`warehouse answered ${answer.status}`);
    await advance(this.ctx, "shipped");
  }

  protected async settle(order: Order): Promise<Phase> {
    try {
      const id = await charge(this.env.PAYMENTS_URL, this.ctx.id.toString(), total(order.lines));
      const { phase } = await advance(this.ctx, "paid", { charge: id });
      await this.ctx.storage.deleteAlarm();
      return phase;
    } catch (error) {
      console.error("charge failed", error);
      const now = await load(this.ctx);
      if (now.phase === "charging") {
        await this.ctx.storage.put(ORDER, { ...now, attempts: now.attempts + 1 });
        await this.ctx.storage.setAlarm(Date.now() + RETRY_AFTER * 2 ** now.attempts);
      }
      return now.phase;
    }
  }
}

const routes: Record<string, (order: DurableObjectStub<OrderFlow>, request: Request) => Promise<unknown>> = {
  lines: async (order, request) => order.addLine(await request.json<Line>()),
  checkout: (order) => order.checkout(),
  ship: (order) => order.ship(),
  status: (order) => order.status(),
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [id, action = "status"] = new URL(request.url).pathname.slice(1).split("/");
    const route = routes[action];
    if (!id || !route) return new Response("not found", { status: 404 });
    return Response.json((await route(env.ORDERS.getByName(id), request)) ?? null);
  },
};
