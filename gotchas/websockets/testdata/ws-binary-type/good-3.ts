import { DurableObject } from "cloudflare:workers";

// Before 2026-03-17 binary messages are ArrayBuffers everywhere.
export class Old extends DurableObject<Env> {
  async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.addEventListener("message", ({ data }) => console.log(new Uint8Array(data)[0])); // ok
  }
}
