import { DurableObject } from "cloudflare:workers";

export class Search extends DurableObject<Env> {
  byTable(table: string): unknown[] {
    return this.ctx.storage.sql.exec(`SELECT * FROM ${table}`).toArray(); // want "table comes from the caller"
  }

  filter(name?: string, min?: string): unknown[] {
    const conditions: string[] = [];
    if (name) conditions.push(`name = '${name}'`); // want "name is spliced"
    if (min) conditions.push("size >= " + min); // want "min is spliced"
    return this.ctx.storage.sql.exec(`SELECT * FROM files WHERE ${conditions.join(" AND ")}`).toArray();
  }

  page(after: string): unknown[] {
    let query = "SELECT * FROM files";
    query += ` WHERE name > '${after}'`; // want "after is spliced"
    return this.ctx.storage.sql.exec(query).toArray();
  }

  many(ids: string[]): unknown[] {
    return this.ctx.storage.sql.exec(`SELECT * FROM files WHERE id IN (${ids.join(",")})`).toArray(); // want "ids.join"
  }
}

function remove(storage: DurableObjectStorage, id: string): void {
  storage.sql.exec(`DELETE FROM files WHERE id = "${id}"`); // want "id is spliced"
}

export class Search extends DurableObject<Env> {
  by(filters: Record<string, string>): unknown[] {
    const parts = Object.entries(filters).map(([column, value]) => `${column} = '${value}'`); // want "value is spliced"
    return this.ctx.storage.sql.exec(`SELECT * FROM books WHERE ${parts.join(" AND ")} LIMIT 20`).toArray();
  }

  async fetch(request: Request): Promise<Response> {
    const order = new URL(request.url).searchParams.get("order") ?? "title";
    const rows = this.ctx.storage.sql.exec("SELECT * FROM books ORDER BY " + order + " LIMIT 20"); // want "order comes from a request"
    return Response.json(rows.toArray());
  }
}

export class Console extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    const { query } = await request.json<{ query: string }>();
    return Response.json(this.ctx.storage.sql.exec(query).toArray()); // want "whole statement query comes from a request"
  }
}
