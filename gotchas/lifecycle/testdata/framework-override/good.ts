import { Agent } from "agents";
import { Container } from "@cloudflare/containers";
import { Server, type Connection } from "partyserver";

export class Planner extends Agent<Env> {
  async plan(text: string): Promise<void> {
    this.sql`INSERT INTO tasks (text, done) VALUES (${text}, 0)`;
    await this.schedule(60, "tidy", {}); // ok
  }

  tidy(): void {
    this.sql`DELETE FROM tasks WHERE done = 1`;
  }
}

export class Lobby extends Server<Env> {
  async fetch(request: Request): Promise<Response> { // guard
    console.log("asked for", request.url);
    return super.fetch(request);
  }

  onMessage(connection: Connection, message: string): void {
    connection.send(message);
  }

  async onStart(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + 60_000); // ok
  }

  onAlarm(): void {
    this.broadcast("tick");
  }
}

export class Builder extends Container<Env> {
  defaultPort = 8080;

  async fetch(request: Request): Promise<Response> { // ok
    return this.containerFetch(request);
  }
}
