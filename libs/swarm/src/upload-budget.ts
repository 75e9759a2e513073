import { WeightedMean } from './rate.js';
import type { UploadSettings } from './settings.js';

/** What a chunk remembers from its start, so that its acknowledgement becomes a sample. */
export interface StartMark {
  readonly at: number;
  /** Bytes acknowledged in all when it started. */
  readonly acknowledged: number;
  /** Less was asked for than the budget allowed: the sample says little about the link. */
  readonly idle: boolean;
}

/** No shorter time is believed: a clock may count whole milliseconds. */
const CLOCK_MS = 1;
/** Weight of a new rate sample: about ten chunks of memory. */
const RATE_WEIGHT = 0.1;

/**
 * How many bytes may be unacknowledged (R7): what the uplink carries in the time that an acknowledgement takes under
 * load. The rate is measured as BBR measures delivery (Cardwell et al. 2016): bytes acknowledged between the start of a
 * chunk and its acknowledgement, over that time; a sample taken while idle may only raise it.
 */
export class UploadBudget {
  private acknowledged = 0;
  private readonly rate = new WeightedMean(RATE_WEIGHT);
  private readonly usual = new WeightedMean(RATE_WEIGHT);
  private shortest = Infinity;

  constructor(private readonly settings: UploadSettings) {}

  start(now: number, idle: boolean): StartMark {
    return { at: now, acknowledged: this.acknowledged, idle };
  }

  acknowledge(mark: StartMark, bytes: number, now: number): void {
    this.acknowledged += bytes;
    const time = Math.max(CLOCK_MS, now - mark.at);
    this.shortest = Math.min(this.shortest, time);
    this.usual.add(time);
    const sample = (this.acknowledged - mark.acknowledged) / time;
    if (!mark.idle || sample > (this.rate.value ?? 0)) this.rate.add(sample);
  }

  /** Bytes; `chunkBytes` is the size of the chunk that would start. */
  bytes(chunkBytes: number): number {
    const least = this.settings.unacknowledgedChunksMin * chunkBytes;
    return Math.max(least, Math.min(this.settings.unacknowledgedMax, this.cover()));
  }

  /** Bytes a millisecond that reach receivers; undefined before the first acknowledgement. */
  get measuredRate(): number | undefined {
    return this.rate.value;
  }

  /** In all. */
  get acknowledgedBytes(): number {
    return this.acknowledged;
  }

  /** Milliseconds after which an acknowledgement is overdue. */
  get patience(): number {
    return Math.max(this.settings.overdueMs, this.settings.overdueFactor * (this.usual.value ?? 0));
  }

  private cover(): number {
    if (this.rate.value === undefined) return this.settings.unacknowledgedStart;
    return this.rate.value * (this.settings.coverMs + this.shortest);
  }
}
