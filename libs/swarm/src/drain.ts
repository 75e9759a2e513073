import type { Source } from './source.js';
import type { SwarmState } from './swarm-state.js';

/**
 * How long the sources need for what is open, at the rates they have shown. A source is compared with the *others*:
 * while those are slow too, it is our own link or limit that is slow, and nobody is late. A source on its own rates
 * would excuse itself.
 */
export class Drain {
  private bytes = 0;
  private rate = 0;

  constructor(
    private readonly state: SwarmState,
    private readonly now: number,
  ) {
    for (const source of state.sources.values()) {
      this.bytes += this.bytesAt(source);
      this.rate += this.rateAt(source);
    }
  }

  /** Milliseconds for all that is open at the receiver's own limit; 0 without one. */
  get limitMs(): number {
    const limit = this.state.limit;
    return limit === undefined ? 0 : this.bytes / Math.max(1e-9, limit);
  }

  /** Milliseconds for all that is open at the others; 0 when nothing is. */
  besides(source: Source): number {
    const rate = this.rate - this.rateAt(source);
    return rate <= 1e-9 ? 0 : (this.bytes - this.bytesAt(source)) / rate;
  }

  private bytesAt(source: Source): number {
    return source.isSuspect ? 0 : this.state.openAt(source) * this.state.chunkBytes;
  }

  /** Who has not ended a chunk yet is at most as fast as one chunk in the time since it was asked. */
  private rateAt(source: Source): number {
    if (this.bytesAt(source) === 0) return 0;
    const waited = Math.max(1, this.now - (source.waitingSince ?? this.now));
    return source.rate ?? this.state.chunkBytes / waited;
  }
}
