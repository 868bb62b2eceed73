import { DurableObject } from "cloudflare:workers";

interface Env {
  ROOM: DurableObjectNamespace<Room>;
  DIRECTORY: DurableObjectNamespace<Directory>;
  AUDIT: DurableObjectNamespace<Audit>;
}

export class Room extends DurableObject<Env> {
  async open(title: string): Promise<void> {
    await this.ctx.storage.put({ open: true, title });
    await this.env.DIRECTORY.getByName("all").register(this.ctx.id.toString(), title); // ok
    await this.env.DIRECTORY.getByName("all").refresh(this.ctx.id.toString()); // ok
  }

  async restore(title: string): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      await this.env.AUDIT.getByName("all").note(this.ctx.id.toString()); // guard
      await this.ctx.storage.put("title", title);
    });
  }

  async title(): Promise<string> {
    return (await this.ctx.storage.get<string>("title")) ?? "";
  }
}

export class Directory extends DurableObject<Env> {
  async register(id: string, title: string): Promise<void> {
    await this.ctx.storage.put(`room:${id}`, title);
  }

  async refresh(id: string): Promise<void> {
    await this.ctx.storage.put(`room:${id}`, await this.env.ROOM.get(this.env.ROOM.idFromString(id)).title());
  }
}

export class Audit extends DurableObject<Env> {
  async note(id: string): Promise<void> {
    await this.ctx.storage.put(`seen:${id}`, Date.now());
  }
}
