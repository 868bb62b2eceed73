import { DurableObject, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";

export interface Env {
  TOPICS: DurableObjectNamespace<Topic>;
  INBOXES: DurableObjectNamespace<Inbox>;
}

export type News = { id: number; topic: string; text: string; at: number };

const KEEP = 1_000;
const SHARDS = 8;
const DELIVER_AT_ONCE = 6;

/** Handed to a subscriber: it can stop its subscription, and nothing else. */
export class Subscription extends RpcTarget {
  readonly #topic: Topic;
  readonly #inbox: string;

  constructor(topic: Topic, inbox: string) {
    super();
    this.#topic = topic;
    this.#inbox = inbox;
  }

  get inbox(): string {
    return this.#inbox;
  }

  async cancel(): Promise<void> {
    await this.#topic.unsubscribe(this.#inbox);
  }
}

/** One shard of a topic: takes news and hands it to the inboxes of its share. */
export class Topic extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql.exec(`
      CREATE TABLE IF NOT EXISTS subscribers (inbox TEXT PRIMARY KEY, seen INTEGER NOT NULL DEFAULT 0);
      CREATE TABLE IF NOT EXISTS news (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL);
    `);
  }

  /** The names of the objects that share a topic's subscribers. */
  static shards(topic: string): string[] {
    return Array.from({ length: SHARDS }, (_, n) => `${topic}/${n}`);
  }

  static shardOf(topic: string, inbox: string): string {
    let sum = 0;
    for (const c of inbox) sum = (sum * 31 + c.charCodeAt(0)) >>> 0;
    return `${topic}/${sum % SHARDS}`;
  }

  async subscribe(inbox: string): Promise<Subscription> {
    this.sql.exec("INSERT OR IGNORE INTO subscribers (inbox, seen) VALUES (?, ?)", inbox, this.newest);
    return new Subscription(this, inbox);
  }

  async unsubscribe(inbox: string): Promise<void> {
    this.sql.exec("DELETE FROM subscribers WHERE inbox = ?", inbox);
  }

  /** Stores the news; the alarm hands it out. */
  async publish(topic: string, text: string): Promise<number> {
    this.sql.exec("INSERT INTO news (topic, text, at) VALUES (?, ?, ?)", topic, text, Date.now());
    const id = this.newest;
    this.sql.exec("DELETE FROM news WHERE id <= ?", id - KEEP);
    await this.ctx.storage.setAlarm(Date.now());
    return id;
  }

  async alarm(): Promise<void> {
    const behind = this.sql
      .exec<{ inbox: string; seen: number }>("SELECT inbox, seen FROM subscribers WHERE seen < ? LIMIT ?", this.newest, DELIVER_AT_ONCE)
      .toArray();
    await Promise.all(behind.map(({ inbox, seen }) => this.deliver(inbox, seen)));
    if (behind.length === DELIVER_AT_ONCE) await this.ctx.storage.setAlarm(Date.now() + 100);
  }

  // An inbox drops what it has already got, so a second delivery is harmless.
  private async deliver(inbox: string, seen: number): Promise<void> {
    const news = this.sql.exec<News>("SELECT id, topic, text, at FROM news WHERE id > ? ORDER BY id LIMIT 100", seen).toArray();
    const last = news.at(-1);
    if (!last) return;
    const accepted = await this.env.INBOXES.getByName(inbox).receive(this.ctx.id.toString(), news);
    if (accepted) this.sql.exec("UPDATE subscribers SET seen = ? WHERE inbox = ?", last.id, inbox);
    else await this.unsubscribe(inbox);
  }

  private get sql(): SqlStorage {
    return this.ctx.storage.sql;
  }

  private get newest(): number {
    return this.sql.exec<{ id: number }>("SELECT COALESCE(MAX(id), 0) AS id FROM news").one().id;
  }
}

/** What one reader has been sent. */
export class Inbox extends DurableObject<Env> {
  get kv(): SyncKvStorage {
    return this.ctx.storage.kv;
  }

  async follow(name: string, topic: string): Promise<void> {
    this.kv.put(`follows:${topic}`, true);
    using subscription = await this.env.TOPICS.getByName(Topic.shardOf(topic, name)).subscribe(name);
    console.log(`${await subscription.inbox} follows ${topic}`);
  }

  /** False when the reader no longer follows any of it. */
  async receive(source: string, news: News[]): Promise<boolean> {
    const seen = this.kv.get<number>(`seen:${source}`) ?? 0;
    const fresh = news.filter((one) => one.id > seen && this.kv.get(`follows:${one.topic}`));
    for (const one of fresh) this.kv.put(Inbox.keyOf(source, one.id), one);
    const last = news.at(-1);
    if (last && last.id > seen) this.kv.put(`seen:${source}`, last.id);
    return fresh.length > 0 || news.some((one) => one.id <= seen);
  }

  async unread(limit = 50): Promise<News[]> {
    const entries = [...this.kv.list<News>({ prefix: "news:", limit: Math.min(limit, 100) })];
    for (const [key] of entries) this.kv.delete(key);
    return entries.map(([, one]) => one);
  }

  private static keyOf(source: string, id: number): string {
    return `news:${String(id).padStart(12, "0")}:${source}`;
  }
}

export default class Gateway extends WorkerEntrypoint<Env> {
  async fetch(request: Request): Promise<Response> {
    const [kind, name, topic] = new URL(request.url).pathname.slice(1).split("/");
    if (!kind || !name) return new Response("not found", { status: 404 });
    switch (`${request.method} ${kind}`) {
      case "POST topics":
        return Response.json({ ids: await this.publish(name, await request.text()) });
      case "POST inboxes":
        if (!topic) return new Response("follow what?", { status: 400 });
        await this.env.INBOXES.getByName(name).follow(name, topic);
        return new Response(null, { status: 204 });
      case "GET inboxes":
        return Response.json(await this.env.INBOXES.getByName(name).unread());
    }
    return new Response("not found", { status: 404 });
  }

  /** May also be called by other Workers through a service binding. */
  async publish(topic: string, text: string): Promise<number[]> {
    const shards = Topic.shards(topic).map((shard) => this.env.TOPICS.getByName(shard));
    return Promise.all(shards.map((shard) => shard.publish(topic, text)));
  }
}
