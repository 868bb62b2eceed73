import { DurableObject } from "cloudflare:workers";

export class Posts extends DurableObject<Env> {
  add(id: string, likes: bigint): void {
    const key = BigInt(id);
    this.ctx.storage.sql.exec("INSERT INTO posts (id) VALUES (?)", key); // want "key is a BigInt"
    this.ctx.storage.sql.exec("UPDATE posts SET likes = ?", likes + 1n); // want "likes . 1n is a BigInt"
    this.ctx.storage.sql.exec("UPDATE posts SET likes = ?", 10n); // want "10n is a BigInt"
  }
}
