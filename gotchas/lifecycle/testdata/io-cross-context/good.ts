import { DurableObject } from "cloudflare:workers";

let list: string | undefined;
const encoder = new TextEncoder();

export class Room extends DurableObject<Env> {
  #upstream?: WebSocket;

  async connect(url: string): Promise<void> {
    const answer = await fetch(url, { headers: { upgrade: "websocket" } });
    this.#upstream = answer.webSocket ?? undefined; // ok
    this.#upstream?.accept();
  }

  bytes(text: string): Uint8Array {
    return encoder.encode(text);
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    const room = env.ROOM.getByName("lobby-eu"); // ok
    if (list === undefined) {
      const answer = await fetch("https://example.com/list");
      list = await answer.text(); // ok
    }
    return new Response(await room.bytes(list));
  },
} satisfies ExportedHandler<Env>;
