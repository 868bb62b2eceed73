import { DurableObject } from "cloudflare:workers";

export interface Env {
  SESSIONS: DurableObjectNamespace<SessionStore>;
  USERS_URL: string;
}

interface Session {
  user: string;
  roles: string[];
  expires: number;
  values: Record<string, string>;
}

const IDLE_MS = 30 * 60_000;
const MAX_VALUES = 50;
// A session that is used all the time is stored once a minute, not at each use.
const TOUCH_MS = 60_000;

/**
 * One object per session. The session is read once when the object starts, and
 * every change goes to storage before it counts.
 */
export class SessionStore extends DurableObject<Env> {
  private session: Session | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.session = (await ctx.storage.get<Session>("session")) ?? null;
    });
  }

  async open(user: string, roles: string[]): Promise<Session> {
    const expires = Date.now() + IDLE_MS;
    const session = { user, roles, expires, values: {} };
    await this.save(session);
    await this.ctx.storage.setAlarm(expires);
    return session;
  }

  /** The session, kept alive for another while; null when there is none any more. */
  async read(): Promise<Session | null> {
    const session = this.live();
    if (!session) return null;
    await this.slide(session);
    return session;
  }

  async set(name: string, value: string): Promise<boolean> {
    const session = this.live();
    if (!session) return false;
    const values = { ...session.values, [name]: value };
    if (Object.keys(values).length > MAX_VALUES) throw new RangeError(`at most ${MAX_VALUES} values`);
    await this.save({ ...session, values });
    return true;
  }

  async close(): Promise<void> {
    this.session = null;
    await this.ctx.storage.deleteAll();
  }

  // The alarm is not moved at each use: it looks whether the session has been
  // used meanwhile, and waits on.
  async alarm(): Promise<void> {
    const session = this.live();
    if (session) {
      await this.ctx.storage.setAlarm(session.expires);
      return;
    }
    await this.close();
  }

  private live(): Session | null {
    return this.session && this.session.expires > Date.now() ? this.session : null;
  }

  private async slide(session: Session): Promise<void> {
    const expires = Date.now() + IDLE_MS;
    if (expires - session.expires < TOUCH_MS) return;
    await this.save({ ...session, expires });
  }

  private async save(session: Session): Promise<void> {
    await this.ctx.storage.put("session", session);
    this.session = session;
  }
}

function sessionId(request: Request): string | undefined {
  const cookies = request.headers.get("cookie") ?? "";
  return /(?:^|;\s*)sid=([0-9a-f]{64})(?:;|$)/.exec(cookies)?.[1];
}

function storeOf(env: Env, sid: string): DurableObjectStub<SessionStore> | null {
  try {
    return env.SESSIONS.get(env.SESSIONS.idFromString(sid));
  } catch {
    return null; // not an id of ours
  }
}

async function login(request: Request, env: Env): Promise<Response> {
  const answer = await fetch(env.USERS_URL, { method: "POST", body: request.body });
  if (!answer.ok) return new Response("wrong name or password", { status: 401 });
  const { user, roles } = await answer.json<{ user: string; roles: string[] }>();
  const id = env.SESSIONS.newUniqueId();
  const session = await env.SESSIONS.get(id).open(user, roles);
  const headers = { "set-cookie": `sid=${id.toString()}; Path=/; HttpOnly; Secure; SameSite=Lax` };
  return Response.json({ user: session.user }, { headers });
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/login" && request.method === "POST") return login(request, env);
    const sid = sessionId(request);
    const store = sid ? storeOf(env, sid) : null;
    if (!store) return new Response("log in first", { status: 401 });
    if (pathname === "/logout") {
      await store.close();
      return new Response(null, { status: 204 });
    }
    if (request.method === "PUT") {
      const kept = await store.set(pathname.slice(1), await request.text());
      return new Response(null, { status: kept ? 204 : 401 });
    }
    const session = await store.read();
    return session ? Response.json(session.values) : new Response("log in again", { status: 401 });
  },
};
