import { DurableObject } from "cloudflare:workers";

const COMPACT_AFTER_MS = 10 * 60_000;

/** A text that is written in pieces; each piece is stored at once, and joined to the text later. */
export class Draft extends DurableObject<Env> {
  private readonly sql: SqlStorage;
  private ready = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.createTables();
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.method === "POST") return this.append(await request.text());
    if (request.method === "DELETE") return this.discard();
    if (url.pathname.endsWith("/pieces")) return Response.json({ pieces: this.pieces().length });
    return new Response(this.text());
  }

  override async alarm(): Promise<void> {
    const text = this.text();
    this.ctx.storage.transactionSync(() => {
      this.sql.exec("INSERT INTO body (one, text) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET text = excluded.text", text);
      this.sql.exec("DELETE FROM pieces");
    });
  }

  private async append(piece: string): Promise<Response> {
    this.sql.exec("INSERT INTO pieces (text) VALUES (?)", piece);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + COMPACT_AFTER_MS);
    return Response.json({ length: this.text().length });
  }

  private async discard(): Promise<Response> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.ready = false;
    this.createTables();
    return new Response(null, { status: 204 });
  }

  private pieces(): string[] {
    return this.sql.exec<{ text: string }>("SELECT text FROM pieces ORDER BY seq LIMIT 10000").toArray().map(({ text }) => text);
  }

  private text(): string {
    const [body] = this.sql.exec<{ text: string }>("SELECT text FROM body").toArray();
    return (body?.text ?? "") + this.pieces().join("");
  }

  private createTables(): void {
    if (this.ready) return;
    this.sql.exec("CREATE TABLE IF NOT EXISTS pieces (seq INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS body (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL)");
    this.ready = true;
  }
}

export default {
  fetch: (request, env) => env.DRAFTS.getByName(new URL(request.url).pathname.split("/")[1] || "untitled").fetch(request),
} satisfies ExportedHandler<Env>;
