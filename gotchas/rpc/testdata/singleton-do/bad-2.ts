import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { Actor } from "@cloudflare/actors";

export class Orders extends DurableObject<Env> {
  count(): number {
    return 0;
  }
}

export class Cart extends Actor<Env> {
  static async nameFromRequest(_request: Request): Promise<string> {
    return "cart"; // want "Every request goes to the one object"
  }
}

const nameOf = (_customer: string) => "orders";

export default class Shop extends WorkerEntrypoint<Env> {
  private get all() {
    return this.env.ORDERS.getByName("all"); // want "one object .all."
  }

  async fetch(request: Request): Promise<Response> {
    const mine = this.env.ORDERS.getByName(nameOf(request.url)); // want "one object .orders."
    return Response.json({ mine: await mine.count(), all: await this.all.count() });
  }
}
