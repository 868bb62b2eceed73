import { DurableObject } from "cloudflare:workers";

export class Game extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket): Promise<void> {
    ws.close(1000);
    this.tell("somebody left");
  }

  private tell(text: string): void {
    for (const ws of this.ctx.getWebSockets()) ws.send(text); // want "Line 5 has just closed a socket that is still listed"
  }
}

export class Hall extends DurableObject<Env> {
  async empty(id: string): Promise<void> {
    this.ctx.getWebSockets(id).forEach((ws) => ws.close(4000, "removed"));
    this.ctx.getWebSockets().forEach((ws) => ws.send(`${id} was removed`)); // want "Line 16 has just closed"
  }
}
