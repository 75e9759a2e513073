/** Why bytes came for nothing. */
export type WasteCause = 'duplicate' | 'rejected' | 'cancelled' | 'lost' | 'unasked';

/** Every payload byte that came is in exactly one of: verified, being verified, under way, wasted. */
export class Tally {
  arrived = 0;
  verified = 0;
  verifying = 0;
  readonly wasted: Record<WasteCause, number> = {
    duplicate: 0,
    rejected: 0,
    cancelled: 0,
    lost: 0,
    unasked: 0,
  };

  waste(cause: WasteCause, bytes: number): void {
    this.wasted[cause] += bytes;
  }

  get wastedBytes(): number {
    return Object.values(this.wasted).reduce((sum, bytes) => sum + bytes, 0);
  }
}
