/** Exponentially weighted mean; the first sample counts whole. */
export class WeightedMean {
  value: number | undefined;

  constructor(private readonly weight: number) {}

  add(sample: number): void {
    this.value = this.value === undefined ? sample : this.value + this.weight * (sample - this.value);
  }
}

/** Bytes a millisecond over the last `span` milliseconds or so (an exponentially fading sum; exact for a constant rate). */
export class RateMeter {
  private sum = 0;
  private begin: number | undefined;
  private last = 0;

  constructor(private readonly span: number) {}

  add(bytes: number, now: number): void {
    this.begin ??= now;
    this.fade(now);
    this.sum += bytes;
  }

  /** Time starts to count although nothing came yet: something was asked for. */
  start(now: number): void {
    this.begin ??= now;
  }

  /** 0 before the first bytes. */
  at(now: number): number {
    if (this.begin === undefined) return 0;
    const quiet = Math.exp(-Math.max(0, now - this.last) / this.span);
    const age = Math.max(1, now - this.begin);
    return (this.sum * quiet) / (this.span * (1 - Math.exp(-age / this.span)));
  }

  private fade(now: number): void {
    if (now > this.last) this.sum *= Math.exp(-(now - this.last) / this.span);
    this.last = Math.max(this.last, now);
  }
}

/** The last `length` samples and their percentiles. */
export class SampleHistory {
  private readonly samples: number[] = [];
  private next = 0;
  private sorted: number[] | undefined;

  constructor(private readonly length: number) {}

  get count(): number {
    return this.samples.length;
  }

  add(sample: number): void {
    this.sorted = undefined;
    this.samples[this.next] = sample;
    this.next = (this.next + 1) % this.length;
  }

  /** The sample that `share` (0 to 1) of them do not exceed; undefined without samples. Sorts once per new sample. */
  percentile(share: number): number | undefined {
    const sorted = (this.sorted ??= [...this.samples].sort((a, b) => a - b));
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
