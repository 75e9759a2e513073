/** Buffers of one size, used again: a new one costs the kernel zeroed pages. Keeps at most `keepBytes` of idle ones. */
export class BufferPool {
  private readonly idle: Buffer[] = [];

  constructor(
    readonly bufferBytes: number,
    private readonly keepBytes: number,
  ) {}

  take(): Buffer {
    return this.idle.pop() ?? Buffer.allocUnsafeSlow(this.bufferBytes);
  }

  /** Only a buffer that nobody reads from or writes to any more. */
  give(buffer: Buffer): void {
    if ((this.idle.length + 1) * this.bufferBytes <= this.keepBytes) this.idle.push(buffer);
  }
}
