import { DurableObject } from "cloudflare:workers";

interface Todo {
  text: string;
  done: boolean;
  due?: Date;
}

export class Todos extends DurableObject<Env> {
  #sql = this.ctx.storage.sql;

  add(todo: Todo): void {
    this.#sql.exec(
      "INSERT INTO todos (text, done, due, created, meta) VALUES (?, ?, ?, ?, ?)",
      todo.text,
      todo.done, // want "todo.done is a boolean"
      todo.due, // want "todo.due is a Date"
      new Date(), // want "English text"
      { source: "api" }, // want "object Object"
    );
  }

  finish(id: string): void {
    this.#sql.exec("UPDATE todos SET done = ? WHERE id = ?", true, id); // want "true is a boolean"
  }
}
