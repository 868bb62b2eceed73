import { DurableObject } from "cloudflare:workers";

const MAX_UPLOAD = 512 * 1024;

export class Notebook extends DurableObject {
  async fetch(request: Request): Promise<Response> {
    const drawing = await request.arrayBuffer();
    if (drawing.byteLength > MAX_UPLOAD) return new Response("too large", { status: 413 }); // guard
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO drawings (id, data) VALUES (1, ?)", drawing); // ok
    return new Response(null, { status: 204 });
  }

  async write(text: string) {
    this.ctx.storage.sql.exec("INSERT INTO notes (text, at) VALUES (?, ?)", text, Date.now()); // ok
  }

  async settings(theme: string, columns: number[]) {
    this.ctx.storage.sql.exec("UPDATE notebook SET settings = ? WHERE id = 1", JSON.stringify({ theme, columns })); // ok
  }

  async visited(page: string) {
    const row = this.ctx.storage.sql.exec<{ recent: string }>("SELECT recent FROM notebook WHERE id = 1").one();
    const recent: string[] = JSON.parse(row.recent);
    recent.push(page);
    this.ctx.storage.sql.exec("UPDATE notebook SET recent = ? WHERE id = 1", JSON.stringify(recent.slice(-20))); // ok
  }
}

const LARGEST = 16 * 1024 * 1024;
const PART = 1024 * 1024;

export class Gallery extends DurableObject {
  async fetch(request: Request): Promise<Response> {
    const picture = await request.arrayBuffer();
    if (picture.byteLength > LARGEST) return new Response("too large", { status: 413 });
    for (let part = 0; part * PART < picture.byteLength; part++) {
      const data = picture.slice(part * PART, (part + 1) * PART);
      this.ctx.storage.sql.exec("INSERT INTO pictures (part, data) VALUES (?, ?)", part, data); // ok
    }
    return new Response(null, { status: 204 });
  }
}
