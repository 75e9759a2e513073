import type { DownloadSettings } from './settings.js';

/** How badly sources are needed. */
export type Need = 'none' | 'few' | 'starved';

/** When to look for sources: soon and often while nothing moves, seldom while there are just few. */
export class Starvation {
  private need: Need = 'none';
  private nextAt = Infinity;
  private soughtAt = -Infinity;

  constructor(private readonly settings: DownloadSettings) {}

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
    if (need === 'few') this.nextAt = Math.max(this.soughtAt, now) + this.settings.fewEveryMs;
    if (need === 'starved') {
      this.nextAt = Math.max(
        now + this.settings.starvedAfterMs,
        this.soughtAt + this.settings.starvedEveryMs,
      );
    }
  }

  private interval(): number {
    return this.need === 'starved' ? this.settings.starvedEveryMs : this.settings.fewEveryMs;
  }
}
