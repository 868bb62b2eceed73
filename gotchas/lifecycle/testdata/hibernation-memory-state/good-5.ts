import { DurableObject } from "cloudflare:workers";

class Spawner {
  constructor(private readonly arena: Arena) {}

  // The arena looks after what it has; this only holds on to the arena.
  spawn(what: string): void {
    this.arena.things.push(what); // ok
    this.arena.keep();
  }

  count(): number {
    return this.arena.things.length;
  }

  stored(): boolean {
    return this.arena.ctx.storage.kv.get("things") !== undefined;
  }
}

export class Arena extends DurableObject<Env> {
  things: string[] = this.ctx.storage.kv.get<string[]>("things") ?? [];
  private readonly spawner = new Spawner(this);

  keep(): void {
    this.ctx.storage.kv.put("things", this.things);
  }

  add(what: string): number {
    this.spawner.spawn(what);
    return this.spawner.count();
  }
}
