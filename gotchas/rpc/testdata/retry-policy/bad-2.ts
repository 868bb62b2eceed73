import { DurableObject } from "cloudflare:workers";

export class Relay extends DurableObject<Env> {
  async forward(text: string): Promise<void> {
    let last: unknown;
    let left = 3;
    while (left-- > 0) {
      try {
        const stub = this.env.ROOM.get(this.env.ROOM.idFromName(text));
        await stub.post(text); // want "tried again at once"
        return;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  async ask(room: string): Promise<Response> {
    for (let i = 0; ; i++) {
      try {
        return await this.env.ROOM.getByName(room).fetch("https://room/state"); // want "Every error of fetch is tried again, also"
      } catch (error) {
        if (i === 3) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
