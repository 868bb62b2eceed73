import { Server, routePartykitRequest } from "partyserver";
import type { Connection, ConnectionContext, WSMessage } from "partyserver";

type Seat = { player: string; colour: string; ready: boolean };

interface Env {
  PartyRoom: DurableObjectNamespace<PartyRoom>;
  LEDGER: DurableObjectNamespace;
}

const COLOURS = ["red", "green", "blue", "amber"];
const ROUND_MS = 90_000;

export class PartyRoom extends Server<Env> {
  static options = { hibernate: true };

  onStart() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rounds (id INTEGER PRIMARY KEY, winner TEXT NOT NULL, ended INTEGER NOT NULL)");
  }

  onConnect(connection: Connection<Seat>, { request }: ConnectionContext) {
    const player = new URL(request.url).searchParams.get("player") ?? "guest";
    const taken = new Set(this.seats().map((seat) => seat.colour));
    const colour = COLOURS.find((c) => !taken.has(c));
    if (!colour) {
      connection.close(4003, "the table is full");
      return;
    }
    connection.setState({ player, colour, ready: false });
    connection.send(JSON.stringify({ type: "welcome", colour, rounds: this.rounds() }));
    this.broadcast(JSON.stringify({ type: "seated", player, colour }), [connection.id]);
  }

  async onMessage(connection: Connection<Seat>, message: WSMessage) {
    const seat = connection.state;
    if (typeof message !== "string" || !seat) return;
    const { type, ...rest } = JSON.parse(message) as { type: string; word?: string };
    if (type === "ready") {
      connection.setState({ ...seat, ready: true });
      if (this.seats().every((s) => s.ready)) await this.startRound();
    } else if (type === "guess") {
      await this.guess(seat, rest.word ?? "");
    } else {
      connection.send(JSON.stringify({ type: "error", text: `no such move: ${type}` }));
    }
  }

  onClose(connection: Connection<Seat>, code: number, reason: string, wasClean: boolean) {
    const seat = connection.state;
    if (seat) this.broadcast(JSON.stringify({ type: "left", player: seat.player }), [connection.id]);
  }

  async onAlarm() {
    await this.ctx.storage.delete("word");
    this.broadcast(JSON.stringify({ type: "time is up" }));
  }

  private async startRound() {
    const word = pick();
    await this.ctx.storage.put("word", word);
    await this.ctx.storage.setAlarm(Date.now() + ROUND_MS);
    this.broadcast(JSON.stringify({ type: "go", length: word.length, until: Date.now() + ROUND_MS }));
  }

  private async guess(seat: Seat, word: string) {
    const wanted = await this.ctx.storage.get<string>("word");
    if (!wanted || word !== wanted) return;
    await this.ctx.storage.delete("word");
    await this.ctx.storage.deleteAlarm();
    this.ctx.storage.sql.exec("INSERT INTO rounds (winner, ended) VALUES (?, ?)", seat.player, Date.now());
    for (const connection of this.getConnections<Seat>()) {
      try {
        connection.send(JSON.stringify({ type: "won", by: seat.player, you: connection.state?.player === seat.player }));
      } catch {
        // It has just left.
      }
    }
  }

  private seats(): Seat[] {
    return [...this.getConnections<Seat>()].flatMap((c) => (c.state ? [c.state as Seat] : []));
  }

  private rounds() {
    return this.ctx.storage.sql.exec("SELECT winner, ended FROM rounds ORDER BY id DESC LIMIT 10").toArray();
  }
}

function pick(): string {
  const words = ["lantern", "harbour", "thistle", "meadow"];
  return words[Math.floor(Math.random() * words.length)]!;
}

export default {
  async fetch(request: Request, env: Env) {
    return (await routePartykitRequest(request, env)) ?? new Response("not found", { status: 404 });
  },
};
