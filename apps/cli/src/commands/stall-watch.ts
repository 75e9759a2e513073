import type { ShoalError } from '#core';

/** Notices when nothing has moved for too long. Without a limit it never does. */
export class StallWatch {
  /** Never resolves; rejects when nothing moved for `limitMs`. */
  readonly tooLong: Promise<never>;
  private reject!: (error: ShoalError) => void;
  private timer: NodeJS.Timeout | undefined;
  private bytes: number | undefined;

  constructor(
    private readonly limitMs: number | undefined,
    private readonly errorOf: (silenceMs: number) => ShoalError,
  ) {
    this.tooLong = new Promise((_resolve, reject) => (this.reject = reject));
    this.tooLong.catch(() => undefined);
  }

  /** @param bytes what has arrived so far, if known: the same number again is no movement */
  moved(bytes?: number): void {
    if (bytes !== undefined && bytes === this.bytes) return;
    this.bytes = bytes ?? this.bytes;
    this.stop();
    const { limitMs } = this;
    if (limitMs !== undefined) this.timer = setTimeout(() => this.reject(this.errorOf(limitMs)), limitMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
