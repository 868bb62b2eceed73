import { DurableObject } from "cloudflare:workers";

const MAX_UPLOAD = 10 * 1024 * 1024;

interface Note {
  text: string;
  at: number;
}

export class Notebook extends DurableObject {
  private notes: Note[] = [];

  async fetch(request: Request): Promise<Response> {
    const drawing = await request.arrayBuffer();
    if (drawing.byteLength > MAX_UPLOAD) return new Response("too large", { status: 413 });
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO drawings (id, data) VALUES (1, ?)", drawing); // want "10485760 bytes"
    return new Response(null, { status: 204 });
  }

  async write(text: string) {
    this.notes.push({ text, at: Date.now() });
    this.ctx.storage.sql.exec("UPDATE notebook SET notes = ? WHERE id = 1", JSON.stringify(this.notes)); // want "this.notes gets longer on line 21"
  }

  async comment(text: string) {
    const row = this.ctx.storage.sql.exec<{ comments: string }>("SELECT comments FROM notebook WHERE id = 1").one();
    const comments: string[] = JSON.parse(row.comments);
    comments.push(text);
    this.ctx.storage.sql.exec("UPDATE notebook SET comments = ? WHERE id = 1", JSON.stringify(comments)); // want "comments gets longer"
  }
}
