import { DurableObject } from "cloudflare:workers";

type Cart = { lines: string[]; total: number };

export class Outbox extends DurableObject<Env> {
  #cart!: Cart;

  async add(mail: string): Promise<void> {
    const mails = (await this.ctx.storage.get<string[]>("mails")) ?? [];
    await this.ctx.storage.put("mails", [...mails, mail]);
  }

  async flush(): Promise<void> {
    const mails = (await this.ctx.storage.get<string[]>("mails")) ?? [];
    await fetch("https://mail.example", { method: "POST", body: JSON.stringify(mails) });
    await this.ctx.storage.put("mails", []); // want "is read on line 14 and emptied here"
  }

  async work(): Promise<void> {
    const [job] = this.ctx.storage.sql.exec<{ id: number; url: string }>("SELECT id, url FROM jobs WHERE state = 'new' LIMIT 1").toArray();
    if (!job) return;
    await fetch(job.url);
    this.ctx.storage.sql.exec("UPDATE jobs SET state = 'done' WHERE id = ?", job.id); // want "chosen on line 20 by its column state"
  }

  async open(): Promise<void> {
    this.#cart = (await this.ctx.storage.get<Cart>("cart")) ?? { lines: [], total: 0 };
  }

  async buy(sku: string): Promise<void> {
    await this.open();
    this.#cart.lines.push(sku);
    const price = await fetch(`https://prices.example/${sku}`);
    this.#cart.total += Number(await price.text());
    await this.ctx.storage.put("cart", this.#cart); // want "Every call loads this.#cart anew"
  }

  async sum(): Promise<void> {
    const old = (await this.ctx.storage.get<string>("summary")) ?? "";
    const answer = await this.env.AI.run("model", { prompt: old });
    await this.ctx.storage.put("summary", answer); // want "whose answer is written here"
  }

  later(): Promise<void> {
    return this.ctx.storage.get<number>("runs").then(async (runs = 0) => {
      await fetch("https://example.com/run");
      await this.ctx.storage.put("runs", runs + 1); // want "stored value .runs. is read on line 45"
    });
  }

  async seat(): Promise<boolean> {
    const { free } = this.ctx.storage.sql.exec<{ free: number }>("SELECT free FROM hall WHERE id = 1").one();
    if (free <= 0) return false;
    await this.env.DB.prepare("INSERT INTO visits DEFAULT VALUES").run();
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec("UPDATE hall SET free = free - 1 WHERE id = 1"); // want "two requests can both pass the check"
    });
    return true;
  }
}
