import { DurableObject } from "cloudflare:workers";

interface Hooks {
  onPlaced?: (id: string) => Promise<void> | void;
}

export class Order extends DurableObject<Env> {
  hooks!: Hooks;

  async place(id: string): Promise<void> {
    fetch(`https://mail.example/${id}`).then((answer) => console.log(answer.status)); // want "This fetch is not awaited"
    [1, 2].forEach((n) => this.#notify(`${id}-${n}`)); // want "#notify awaits fetch"
    this.env.ARCHIVE.put(id, "placed").catch(() => {}); // want "When put on ARCHIVE fails"
    this.hooks.onPlaced?.(id); // want "By its type this.hooks.onPlaced may give a promise"
    this.env.DB.prepare("INSERT INTO orders VALUES (?)").bind(id).run(); // want "may give a promise"
  }

  async #notify(id: string): Promise<void> {
    await fetch(`https://hook.example/${id}`);
  }
}
