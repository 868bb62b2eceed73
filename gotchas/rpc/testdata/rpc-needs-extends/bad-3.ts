import type { DurableObjectStub } from "cloudflare:workers";

export class Order implements DurableObject {
  constructor(private state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    return new Response("order");
  }

  async status(): Promise<string> { // want "A stub calls status"
    return (await this.state.storage.get<string>("status")) ?? "new";
  }
}

export const routes: Record<string, (order: DurableObjectStub<Order>) => Promise<string>> = {
  status: (order) => order.status(),
};
