import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  #waiting: string[] = [];

  add(line: string): void {
    const { sql } = this.ctx.storage; // ok
    sql.exec("INSERT INTO lines (text) VALUES (?)", line);
    this.#waiting.push(line);
    setTimeout(this.flush.bind(this), 200); // ok
    queueMicrotask(this.#count); // ok
  }

  #count = (): void => {
    this.ctx.storage.kv.put("waiting", this.#waiting.length);
  };

  flush(): void {
    for (const ws of this.ctx.getWebSockets()) this.#waiting.forEach((line) => ws.send(line)); // ok
    this.#waiting = this.#waiting.filter(this.isLate, this); // ok
  }

  isLate(line: string): boolean {
    return this.#waiting.length > 100 && line !== "";
  }

  // It does not look at this.
  upper(line: string): string {
    return line.toUpperCase();
  }

  shout(): string[] {
    return this.#waiting.map(this.upper); // ok
  }
}
