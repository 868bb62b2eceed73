import { DurableObject } from "cloudflare:workers";

class Ledger {
  constructor(readonly lines: string[]) {}

  total(): number {
    return this.lines.length;
  }
}

export class Account extends DurableObject<Env> {
  async ledger(): Promise<Ledger> {
    const lines = (await this.ctx.storage.get<string[]>("lines")) ?? [];
    return new Ledger(lines); // want "an instance of Ledger"
  }

  async add(line: string) {
    await this.ctx.storage.put(`line:${line}`, Date.now());
    return this; // want "the object itself"
  }

  report() {
    const rows = this.ctx.storage.sql.exec("SELECT * FROM lines LIMIT 10");
    return { at: Date.now(), rows }; // want "a SQL cursor"
  }
}
