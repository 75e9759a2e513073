/**
 * A link that everything passes in the order in which it comes, at a rate (bytes a millisecond). What comes more slowly than
 * the rate passes without delay: bytes go through as they come, not once the last one is there.
 */
export class Pipe {
  passedBytes = 0;
  private freeAt = 0;

  constructor(private readonly rate: number) {}

  /** When the last byte is through; it came in at `lastInAt`. */
  pass(bytes: number, lastInAt: number): number {
    this.passedBytes += bytes;
    this.freeAt = Math.max(lastInAt, this.freeAt + bytes / this.rate);
    return this.freeAt;
  }
}
