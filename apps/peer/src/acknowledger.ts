import type { Incarnation, PeerId } from '#core';
import type { HoldingsLedger } from './holdings-ledger.js';
import type { AnchorLink, Timers } from './ports.js';

/** How long after a message that the broker did not take everything is told again. */
const REPORT_RETRY_MS = 1_000;

/**
 * Tells the anchors what this peer holds: the first chunk at once, later ones in batches on the interval that the anchor
 * set, retractions before acknowledgements. A message that was not confirmed is not repeated one by one: a full report
 * follows, at the next connection or, while this one lasts, a little later.
 */
export class Acknowledger {
  private intervalMs = 100;
  private reportDue = false;
  private lastAt = 0;
  private stopTimer: (() => void) | undefined;
  private session: { peerId: PeerId; incarnation: Incarnation } | undefined;
  /** Of the last join. */
  private incarnation: Incarnation | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: HoldingsLedger,
    private readonly anchors: AnchorLink,
    private readonly timers: Timers,
    private readonly now: () => number,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** Joined: from here on holdings may be told, beginning with all of them. */
  async begin(peerId: PeerId, incarnation: Incarnation, intervalMs: number): Promise<void> {
    // Joined again under the same incarnation, its messages go on being numbered: the anchors remember the last number.
    if (incarnation !== this.incarnation) this.ledger.startOver();
    this.incarnation = incarnation;
    this.session = { peerId, incarnation };
    this.intervalMs = intervalMs;
    await this.report();
  }

  /** The connection is gone: nothing can be told until the next join. */
  end(): void {
    this.session = undefined;
    this.stopTimer?.();
    this.stopTimer = undefined;
  }

  /** The ledger changed. */
  wake(): void {
    if (this.session === undefined || this.stopTimer !== undefined) return;
    if (!this.ledger.hasUntold && !this.reportDue) return;
    const wait = this.reportDue ? REPORT_RETRY_MS : Math.max(0, this.lastAt + this.intervalMs - this.now());
    this.stopTimer = this.timers.after(wait, () => {
      this.stopTimer = undefined;
      void (this.reportDue ? this.report() : this.flush());
    });
  }

  /** A full report now. Resolves when the broker has it. */
  report(): Promise<void> {
    return this.inOrder(async (session) => {
      this.reportDue = false;
      const { sequence, parts } = this.ledger.takeReport();
      for (const [part, files] of parts.entries()) {
        await this.anchors.report('holdings.reported', {
          ...session,
          sequence,
          part,
          parts: parts.length,
          files,
        });
      }
    });
  }

  /** Everything untold now. Resolves when the broker has it. */
  flush(): Promise<void> {
    return this.inOrder(async (session) => {
      this.lastAt = this.now();
      for (
        let batch = this.ledger.takeRetraction();
        batch !== undefined;
        batch = this.ledger.takeRetraction()
      ) {
        await this.anchors.report('holdings.retracted', { ...session, ...batch });
      }
      for (
        let batch = this.ledger.takeAcknowledgement();
        batch !== undefined;
        batch = this.ledger.takeAcknowledgement()
      ) {
        await this.anchors.report('chunk.acknowledged', { ...session, ...batch });
      }
    });
  }

  private inOrder(
    send: (session: { peerId: PeerId; incarnation: Incarnation }) => Promise<void>,
  ): Promise<void> {
    this.sending = this.sending.then(async () => {
      if (this.session === undefined) return;
      try {
        await send(this.session);
      } catch (error) {
        this.reportDue = true;
        this.onTrouble(error);
      }
      this.wake();
    });
    return this.sending;
  }
}
