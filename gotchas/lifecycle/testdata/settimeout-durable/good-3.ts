import { DurableObject } from "cloudflare:workers";

export class Canvas extends DurableObject<Env> {
  private cursors = new Map<string, number>();
  private sweep: ReturnType<typeof setInterval> | undefined;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private strokes: string[] = [];
  private savedAt = 0;

  seen(user: string): void {
    this.cursors.set(user, Date.now());
    this.sweep ??= setInterval(() => this.forget(), 30_000); // ok
  }

  draw(stroke: string): void {
    this.strokes.push(stroke);
    clearTimeout(this.pending);
    if (Date.now() - this.savedAt > 2_000) {
      this.save();
      return;
    }
    this.pending = setTimeout(() => this.save(), 500); // ok
  }

  private save(): void {
    this.savedAt = Date.now();
    this.ctx.storage.kv.put(`strokes:${this.savedAt}`, this.strokes.splice(0));
  }

  private forget(): void {
    for (const [user, at] of this.cursors) {
      if (Date.now() - at > 60_000) this.cursors.delete(user);
    }
    if (this.cursors.size > 0) return;
    clearInterval(this.sweep);
    this.sweep = undefined;
  }
}
