import { DurableObject } from "cloudflare:workers";

interface Todo {
  text: string;
  done: boolean;
  due?: Date;
}

export class Todos extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  add(todo: Todo, bytes: ArrayBuffer): void {
    this.#sql.exec(
      "INSERT INTO todos (text, done, due, created, meta, bytes) VALUES (?, ?, ?, ?, ?, ?)",
      todo.text,
      todo.done ? 1 : 0, // guard
      todo.due?.getTime() ?? null, // ok
      Date.now(), // ok
      JSON.stringify({ source: "api" }), // guard
      bytes, // ok
    );
  }

  mark(id: string, done: boolean, note: string | null): void {
    const flag = Number(done);
    this.#sql.exec("UPDATE todos SET done = ?, note = ? WHERE id = ?", flag, note ?? "", id); // ok
    this.#sql.exec("UPDATE todos SET done = ? WHERE id = ?", +done, id); // ok
  }

  async mirror(db: D1Database, done: boolean): Promise<void> {
    await db.prepare("UPDATE todos SET done = ?").bind(done).run(); // ok
  }
}
