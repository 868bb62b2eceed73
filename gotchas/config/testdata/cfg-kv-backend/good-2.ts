import { DurableObject } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { eq, sql } from "drizzle-orm";
import { meetings } from "./schema";

export class Meeting extends DurableObject<Env> {
  async end(id: string) {
    // The query goes to D1; the object's own storage stays key-value.
    await drizzle(this.env.DB).update(meetings).set({ ended: sql`CURRENT_TIMESTAMP` }).where(eq(meetings.id, id));
    await this.ctx.storage.put("ended", true);
  }
}
