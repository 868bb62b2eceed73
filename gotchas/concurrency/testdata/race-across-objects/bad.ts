import { DurableObject } from "cloudflare:workers";

interface Env {
  STOCK: DurableObjectNamespace<Stock>;
  SEATS: DurableObjectNamespace<Seats>;
}

export class Stock extends DurableObject<Env> {
  async getCount(): Promise<number> {
    return (await this.ctx.storage.get<number>("count")) ?? 0;
  }

  async setCount(count: number): Promise<void> {
    await this.ctx.storage.put("count", count);
  }
}

export class Seats extends DurableObject<Env> {
  nextFree(): string {
    return this.ctx.storage.sql.exec<{ label: string }>("SELECT label FROM seats WHERE guest IS NULL LIMIT 1").one().label;
  }

  isTaken(label: string): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM seats WHERE label = ? AND guest IS NOT NULL", label).toArray().length > 0;
  }

  assign(label: string, guest: string): void {
    this.ctx.storage.sql.exec("UPDATE seats SET guest = ? WHERE label = ?", guest, label);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stock = env.STOCK.getByName("shop");
    const count = await stock.getCount();
    await stock.setCount(count - 1); // want "What getCount returned on line 35"

    const seats = env.SEATS.getByName("hall");
    const label = await seats.nextFree();
    await seats.assign(label, "ann"); // want "What nextFree gave out on line 39"

    const wanted = new URL(request.url).searchParams.get("seat") ?? "";
    if (await seats.isTaken(wanted)) return new Response("taken", { status: 409 });
    await seats.assign(wanted, "bob"); // want "isTaken was asked on line 43"
    return new Response("done");
  },
};
