import type { DownloadSettings } from './settings.js';

/** How badly sources are needed. */
export type Need = 'none' | 'few' | 'starved';

/** When to look for sources: soon and often while nothing moves, less and less often while there are just few. */
export class Starvation {
  private need: Need = 'none';
  private nextAt = Infinity;
  private soughtAt = -Infinity;
  private fewPause: number;

  constructor(private readonly settings: DownloadSettings) {
    this.fewPause = settings.fewFirstMs;
  }

  /** True when sources are to be sought now. */
  update(need: Need, now: number): boolean {
    if (need !== this.need) this.change(need, now);
    if (now < this.nextAt) return false;
    this.soughtAt = now;
    this.nextAt = now + this.interval();
    return true;
  }

  get at(): number {
    return this.nextAt;
  }

  private change(need: Need, now: number): void {
    this.need = need;
    if (need === 'none') this.nextAt = Infinity;
    if (need === 'few') this.nextAt = Math.max(this.soughtAt, now) + this.fewPause;
    if (need === 'starved') {
      this.nextAt = Math.max(
        now + this.settings.starvedAfterMs,
        this.soughtAt + this.settings.starvedEveryMs,
      );
    }
  }

  private interval(): number {
    if (this.need === 'starved') return this.settings.starvedEveryMs;
    this.fewPause = Math.min(this.settings.fewEveryMs, 2 * this.fewPause);
    return this.fewPause;
  }
}
