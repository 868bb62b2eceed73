import { DurableObject } from "cloudflare:workers";

export class Both extends DurableObject<Env> {
  async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.addEventListener("message", async (event) => {
      const bytes = event.data instanceof Blob ? await event.data.arrayBuffer() : event.data; // ok
      console.log(bytes.byteLength);
    });
  }
}

export class Text extends DurableObject<Env> {
  async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.addEventListener("message", (event) => console.log(JSON.parse(event.data))); // ok
  }
}
