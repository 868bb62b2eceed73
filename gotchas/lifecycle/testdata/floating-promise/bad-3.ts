import { DurableObject } from "cloudflare:workers";

export class Scoreboard extends DurableObject<Env> {
  async score(player: string, points: number): Promise<number> {
    const total = (this.ctx.storage.kv.get<number>(player) ?? 0) + points;
    this.ctx.storage.kv.put(player, total);
    this.tellAll(player, total); // want "tellAll awaits"
    return total;
  }

  private async tellAll(player: string, total: number): Promise<void> {
    for (const watcher of ["club", "league"]) await this.tell(watcher, player, total);
  }

  // It catches only to say where, and fails all the same.
  private async tell(watcher: string, player: string, total: number): Promise<void> {
    const body = JSON.stringify({ player, total });
    try {
      await fetch(`https://${watcher}.example/scores`, { method: "POST", body });
    } catch (e) {
      throw new Error(`could not tell ${watcher}`, { cause: e });
    }
  }
}
