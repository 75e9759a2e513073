import { asShoalError, type ShoalError } from '#core';
import { CheckpointSchedule } from '../store/checkpoint-schedule.js';
import type { ChunkStore } from '../store/store.js';
import { WakeTimer } from './wake-timer.js';

/** Checkpoints in a row that may fail before the download is given up: a disk that works again within seconds is fine. */
const FAILURES_MAX = 3;

/** Runs the checkpoints of one download when they are due, beside the chunks and never in their way. */
export class CheckpointRunner {
  private readonly schedule = new CheckpointSchedule();
  private readonly timer: WakeTimer;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly store: ChunkStore,
    private readonly now: () => number,
    private readonly giveUp: (error: ShoalError) => void,
  ) {
    this.timer = new WakeTimer(() => void this.run(), now);
  }

  wrote(bytes: number): void {
    this.schedule.wrote(bytes, this.now());
    this.arm();
  }

  /** Starts no more of them. */
  stop(): void {
    this.stopped = true;
    this.timer.stop();
  }

  private arm(): void {
    if (!this.stopped) this.timer.at(this.schedule.dueAt());
  }

  /** Chunks that a failed one has cost are reported by the store and fetched again. */
  private async run(): Promise<void> {
    if (this.stopped || !this.schedule.isDue(this.now())) return this.arm();
    this.schedule.started();
    try {
      await this.store.checkpoint();
      this.failures = 0;
      this.schedule.ended(true, this.now());
    } catch (error) {
      this.schedule.ended(false, this.now());
      this.failed(asShoalError(error));
    }
    this.arm();
  }

  private failed(error: ShoalError): void {
    this.failures++;
    if (error.code === 'file-changed' || this.failures >= FAILURES_MAX) this.giveUp(error);
  }
}
