import { DurableObject } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/durable-sqlite";
import { migrate } from "drizzle-orm/durable-sqlite/migrator";
import migrations from "../drizzle/migrations";
import { notes } from "./schema";

export class Notebook extends DurableObject<Env> {
  #db = drizzle(this.ctx.storage);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => {
      await migrate(this.#db, migrations);
    });
  }

  async add(body: string): Promise<void> {
    await this.#db.insert(notes).values({ body });
  }

  async alarm(): Promise<void> {
    await this.#wipe();
  }

  async #wipe(): Promise<void> {
    const { storage } = this.ctx;
    await storage.deleteAlarm();
    await storage.deleteAll(); // want "drops the tables of Notebook"
  }
}

export class Memo implements DurableObject {
  private ready = false;

  constructor(private state: DurableObjectState) {}

  private ensureSchema(): void {
    if (this.ready) return;
    this.state.storage.sql.exec("CREATE TABLE IF NOT EXISTS memo (text TEXT)");
    this.ready = true;
  }

  async fetch(request: Request): Promise<Response> {
    this.ensureSchema();
    if (request.method === "DELETE") {
      await this.state.storage.deleteAll(); // want "drops the tables of Memo"
      return new Response(null, { status: 204 });
    }
    this.state.storage.sql.exec("INSERT INTO memo (text) VALUES (?)", await request.text());
    return new Response("stored");
  }
}
