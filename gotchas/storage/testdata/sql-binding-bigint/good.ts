import { DurableObject } from "cloudflare:workers";

export class Posts extends DurableObject<Env> {
  add(id: bigint, likes: number): void {
    const next = BigInt(likes) + 1n;
    this.ctx.storage.sql.exec("INSERT INTO posts (id) VALUES (?)", String(id)); // guard
    this.ctx.storage.sql.exec("UPDATE posts SET likes = ?", Number(next)); // guard
    this.ctx.storage.sql.exec("UPDATE posts SET likes = ?", likes); // ok
    this.ctx.storage.sql.exec("UPDATE posts SET name = ?", "10n"); // ok
  }
}
