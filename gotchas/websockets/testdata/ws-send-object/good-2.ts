import { DurableObject } from "cloudflare:workers";

export class Loose extends DurableObject<Env> {
  private tell(ws: WebSocket, event: any): void {
    if (typeof event !== "string") event = JSON.stringify(event);
    ws.send(event); // ok
  }

  private say(ws: WebSocket, event: any): void {
    ws.send(typeof event === "string" ? event : JSON.stringify(event)); // ok
  }

  webSocketMessage(ws: WebSocket): void {
    this.tell(ws, { type: "heard" });
    this.say(ws, { type: "heard" });
  }
}
