import { DurableObject } from "cloudflare:workers";

export class Users extends DurableObject<Env> {
  find(name: string): unknown[] {
    return this.ctx.storage.sql.exec(`SELECT * FROM users WHERE name = '${name}'`).toArray(); // want "name is spliced into the statement as a value"
  }

  add(name: string, email: string): void {
    const sql = this.ctx.storage.sql;
    sql.exec("INSERT INTO users (name, email) VALUES ('" + name + "', '" + email + "')"); // want "spliced into the statement as a value"
  }

  async fetch(request: Request): Promise<Response> {
    const { id, sort } = await request.json<{ id: string; sort: string }>();
    const query = `SELECT * FROM users WHERE id = ${id} ORDER BY ${sort}`; // want "id is spliced"
    return Response.json(this.ctx.storage.sql.exec(query).toArray());
  }
}
