import type { PeerRecord } from '#registry';
import type { DialOutcome, Prober } from './ports.js';

/** Knocks at the same time; more wait for their turn. Bounds sockets when a rack goes dark. */
export const DIALS_AT_ONCE = 64;
/** Knocks that wait; past that the lease sweep finds the rest. */
export const DIALS_WAITING_MAX = 10_000;

type Target = Pick<PeerRecord, 'peerId' | 'incarnation' | 'address'>;

/** Dials with a cap, and one at a time an incarnation: who asks while one is under way gets its answer. */
export class Dials {
  private readonly underWay = new Map<string, Promise<DialOutcome>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly prober: Prober) {}

  dial(peer: Target): Promise<DialOutcome> {
    const key = `${peer.peerId} ${peer.incarnation}`;
    const known = this.underWay.get(key);
    if (known !== undefined) return known;
    const outcome = this.inTurn(peer).finally(() => this.underWay.delete(key));
    this.underWay.set(key, outcome);
    return outcome;
  }

  private async inTurn(peer: Target): Promise<DialOutcome> {
    if (this.running >= DIALS_AT_ONCE) {
      if (this.waiting.length >= DIALS_WAITING_MAX) return 'other-incarnation';
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
    try {
      return await this.prober.dial(peer);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}
