import { DurableObject } from "cloudflare:workers";

export class ChatRoom extends DurableObject<Env> {
  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    ws.send(JSON.stringify({ kind: "echo" })); // guard
    ws.send(message); // ok
    ws.send(new Uint8Array([1, 2, 3])); // ok
    const text = JSON.stringify({ note: "ws.send({})" });
    ws.send(text); // ok
    await this.env.JOBS.send({ kind: "job" }); // ok
    await mailer.send({ to: "a@example.com" }); // ok
  }

  say(packed: string | ArrayBuffer): void {
    this.ctx.getWebSockets()[0]?.send(packed); // ok
  }
}

declare const mailer: { send(mail: object): Promise<void> };
