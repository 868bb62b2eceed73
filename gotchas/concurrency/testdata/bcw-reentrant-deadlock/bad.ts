import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<Room>;
  DIRECTORY: DurableObjectNamespace<Directory>;
}

export class Room extends DurableObject<Env> {
  async open(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => { // ok
      const directory = this.env.DIRECTORY.getByName("all");
      await directory.register(this.ctx.id.toString()); // want "calls Room on line 41 and is told this object's own id"
      await this.ctx.storage.put("open", true);
    });
  }

  async rename(title: string): Promise<void> {
    await this.ctx.storage.transaction(async (txn) => {
      await txn.put("title", title);
      await this.env.DIRECTORY.getByName("all").refresh(title); // want "calls Room on line 46: if that is this object"
    });
  }

  async check(): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.env.ROOM.get(this.ctx.id).title(); // want "The object calls itself here"
    });
  }

  async title(): Promise<string> {
    return (await this.ctx.storage.get<string>("title")) ?? "";
  }
}

export class Directory extends DurableObject<Env> {
  async register(id: string): Promise<void> {
    await this.ctx.storage.put(`room:${id}`, await this.#titleOf(id));
  }

  async #titleOf(id: string): Promise<string> {
    return this.env.ROOM.get(this.env.ROOM.idFromString(id)).title();
  }

  async refresh(hint: string): Promise<void> {
    const rooms = await this.ctx.storage.list({ prefix: "room:", limit: 100 });
    for (const key of rooms.keys()) await this.env.ROOM.get(this.env.ROOM.idFromString(key.slice(5))).title();
    await this.ctx.storage.put("hint", hint);
  }
}
