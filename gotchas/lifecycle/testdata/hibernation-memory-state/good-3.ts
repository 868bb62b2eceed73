import { DurableObject } from "cloudflare:workers";

interface Profile {
  name: string;
  level: number;
}

export class Player extends DurableObject<Env> {
  private profile: Profile | null = null;
  private room = "";
  private title = "";

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.profile = (await ctx.storage.get<Profile>("profile")) ?? null;
    });
  }

  // What is read back is stored, under a key that is computed.
  async rename(name: string): Promise<void> {
    this.profile = { name, level: this.profile?.level ?? 1 }; // ok
    await this.keep("profile", this.profile);
  }

  private async keep(key: string, value: unknown): Promise<void> {
    await this.ctx.storage.put(key, value);
  }

  // Every use comes after it has been set, or has something to take instead.
  async fetch(request: Request): Promise<Response> {
    if (!this.room) this.room = new URL(request.url).pathname; // ok
    return new Response(`${this.room} ${this.profile?.name}`);
  }

  where(): string {
    return this.room || "nowhere";
  }

  set heading(text: string) {
    this.title = text; // ok
  }

  head(): string {
    return this.title;
  }
}
