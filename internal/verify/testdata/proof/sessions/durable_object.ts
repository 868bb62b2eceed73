import { DurableObject } from "cloudflare:workers";

interface Session {
  user: string;
  values: Record<string, string>;
  expires: number;
}

const LIFE_MS = 30 * 60_000;

/** One session for each object, read once when it starts and stored with each change. */
export class Sessions extends DurableObject<Env> {
  private session: Session | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.session = (await ctx.storage.get<Session>("session")) ?? null;
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    switch (`${request.method} ${url.pathname}`) {
      case "POST /login":
        return this.login(url.searchParams.get("user") ?? "guest");
      case "PUT /value":
        return this.set(url.searchParams.get("name") ?? "", await request.text());
      case "GET /values":
        return this.session ? Response.json(this.session) : new Response("log in first", { status: 401 });
      case "POST /logout":
        await this.end();
        return new Response(null, { status: 204 });
    }
    return new Response("not found", { status: 404 });
  }

  override async alarm(): Promise<void> {
    await this.end();
  }

  private async login(user: string): Promise<Response> {
    const expires = Date.now() + LIFE_MS;
    await this.save({ user, values: {}, expires });
    await this.ctx.storage.setAlarm(expires);
    return Response.json({ user });
  }

  private async set(name: string, value: string): Promise<Response> {
    const session = this.session;
    if (!session) return new Response("log in first", { status: 401 });
    await this.save({ ...session, values: { ...session.values, [name]: value } });
    return new Response(null, { status: 204 });
  }

  private async save(session: Session): Promise<void> {
    await this.ctx.storage.put("session", session);
    this.session = session;
  }

  private async end(): Promise<void> {
    this.session = null;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}

export default {
  fetch(request, env): Promise<Response> {
    const sid = request.headers.get("x-session") ?? "none";
    return env.SESSIONS.getByName(sid).fetch(request);
  },
} satisfies ExportedHandler<Env>;
