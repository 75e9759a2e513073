import { encode, type ControlMessage } from '#wire';

/** Control frames of one connection that wait to be written, in order; those that belong together leave in one write. */
export class ControlOutbox {
  private frames: Buffer[] = [];
  private waitingBytes = 0;
  /** Will be flushed before the event loop goes on. */
  private isFlushing = false;

  constructor(private readonly write: (bytes: Buffer) => void) {}

  get bytes(): number {
    return this.waitingBytes;
  }

  /** Leaves before the event loop goes on. */
  add(messages: readonly ControlMessage[]): void {
    if (!this.isFlushing) process.nextTick(() => this.flush());
    this.isFlushing = true;
    this.push(messages);
  }

  /** Leaves at the end of this turn of the event loop, or with what is added until then. */
  addForTurn(message: ControlMessage): void {
    if (this.frames.length === 0) setImmediate(() => this.flush());
    this.push([message]);
  }

  flush(): void {
    this.isFlushing = false;
    const { frames } = this;
    if (frames.length === 0) return;
    this.clear();
    this.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
  }

  /** Nothing of it is sent any more. */
  clear(): void {
    this.frames = [];
    this.waitingBytes = 0;
  }

  private push(messages: readonly ControlMessage[]): void {
    for (const message of messages) {
      const frame = encode(message);
      this.frames.push(frame);
      this.waitingBytes += frame.length;
    }
  }
}
