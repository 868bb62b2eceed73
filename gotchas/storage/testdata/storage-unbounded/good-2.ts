import { DurableObject } from "cloudflare:workers";

export class Uploads extends DurableObject<Env> {
  async add(body: string): Promise<string> {
    const id = crypto.randomUUID();
    await this.ctx.storage.put(`upload:${id}`, body); // ok
    return id;
  }

  async remove(id: string): Promise<void> {
    await this.ctx.storage.delete(`upload:${id}`); // guard
  }
}

export class Limited extends DurableObject<Env> {
  add(text: string): void {
    const { n } = this.ctx.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM events").one();
    if (n >= 1000) throw new Error("full");
    this.ctx.storage.sql.exec("INSERT INTO events (text) VALUES (?)", text); // ok
  }
}

export class Todos extends DurableObject<Env> {
  // INSERT INTO log is only a comment
  add(text: string): void {
    this.ctx.storage.sql.exec("INSERT INTO todos (text) VALUES (?)", text); // ok
  }

  async seen(user: string): Promise<void> {
    await this.ctx.storage.put(`seen:${user}`, Date.now()); // ok
  }
}
