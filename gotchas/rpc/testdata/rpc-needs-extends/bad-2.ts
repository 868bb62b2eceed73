import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> { // want "At compatibility date 2023-05-18 stubs have no RPC"
  increment(): number {
    return 1;
  }
}
