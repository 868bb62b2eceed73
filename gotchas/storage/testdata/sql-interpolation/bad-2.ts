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
