import { DurableObject } from "cloudflare:workers";

interface Env {
  STOCK: DurableObjectNamespace<Stock>;
  SEATS: DurableObjectNamespace<Seats>;
  USERS: DurableObjectNamespace<Users>;
}

export class Stock extends DurableObject<Env> {
  async take(n: number): Promise<number> {
    const count = (await this.ctx.storage.get<number>("count")) ?? 0;
    if (count < n) throw new Error("not enough");
    await this.ctx.storage.put("count", count - n);
    return count - n;
  }

  async getCount(): Promise<number> {
    return (await this.ctx.storage.get<number>("count")) ?? 0;
  }
}

export class Seats extends DurableObject<Env> {
  isTaken(label: string): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM seats WHERE label = ? AND guest IS NOT NULL", label).toArray().length > 0;
  }

  assign(label: string, guest: string): boolean {
    if (this.isTaken(label)) return false;
    this.ctx.storage.sql.exec("UPDATE seats SET guest = ? WHERE label = ?", guest, label);
    return true;
  }
}

export class Users extends DurableObject<Env> {
  async getName(id: string): Promise<string | undefined> {
    return this.ctx.storage.get<string>(`name:${id}`);
  }

  async addVisit(id: string, at: number): Promise<void> {
    await this.ctx.storage.put(`visit:${id}:${at}`, true);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stock = env.STOCK.getByName("shop");
    const left = await stock.take(1); // ok

    const seats = env.SEATS.getByName("hall");
    const wanted = new URL(request.url).searchParams.get("seat") ?? "";
    if (await seats.isTaken(wanted)) return new Response("taken", { status: 409 });
    const done = await seats.assign(wanted, "bob"); // guard

    const users = env.USERS.getByName("users");
    if (!(await users.getName("bob"))) return new Response("who?", { status: 403 });
    await users.addVisit("bob", Date.now()); // ok

    return Response.json({ left, done, count: await stock.getCount() });
  },
};
