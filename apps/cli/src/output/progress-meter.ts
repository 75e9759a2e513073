import type { TransferEvent } from './events.js';
import type { ProgressFacts } from './progress-line.js';

/** Turns events into the facts of a progress line; knows the rate where an event does not carry it. */
export class ProgressMeter {
  private digestingSince: number | undefined;

  constructor(
    private readonly label: string,
    private readonly now: () => number,
  ) {}

  /** Undefined for an event that moves nothing. */
  take(event: TransferEvent): ProgressFacts | undefined {
    if (event.event === 'digesting') {
      this.digestingSince ??= this.now();
      const seconds = (this.now() - this.digestingSince) / 1_000;
      const rate = seconds > 0 ? event.bytes / seconds : 0;
      return { label: `reading ${this.label}`, bytes: event.bytes, size: event.size, rate };
    }
    if (event.event !== 'progress') return undefined;
    const { bytes, size, rate, sources, chunks, chunkCount } = event;
    return { label: this.label, bytes, size, rate, sources, chunks, chunkCount };
  }
}
