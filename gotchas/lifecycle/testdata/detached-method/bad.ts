import { DurableObject } from "cloudflare:workers";

export class Feed extends DurableObject<Env> {
  #waiting: string[] = [];

  add(line: string): void {
    const { exec } = this.ctx.storage.sql; // want "exec is taken off"
    exec("INSERT INTO lines (text) VALUES (?)", line);
    this.#waiting.push(line);
    setTimeout(this.flush, 200); // want "flush is handed over without its object"
  }

  flush(): void {
    const put = this.ctx.storage.kv.put; // want "put is taken off"
    put("flushed", this.#waiting.length);
    for (const ws of this.ctx.getWebSockets()) this.#waiting.forEach(ws.send); // want "send is handed over without ws"
    this.#waiting = [];
  }

  stop(): void {
    const { flush } = this; // want "flush is taken off this"
    flush();
  }
}
