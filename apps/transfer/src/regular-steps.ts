import type { Step } from './ports.js';

/** Milliseconds between two of each, and why it is needed at all: each is for what no message tells. */
const REGULARLY: readonly (readonly [Step, number])[] = [
  // The end of a distribution whose announcement was lost with a connection.
  [{ kind: 'announce', distributionId: 'all' }, 15_000],
  // Peers that stall while they store chunks.
  [{ kind: 'place', distributionId: 'all', look: 'tick' }, 2_000],
  // Targets that have gone without a word.
  [{ kind: 'gone', distributionId: 'all' }, 60_000],
  // Steps that were lost, or came early by another process's clock.
  [{ kind: 'overdue', distributionId: 'all' }, 60_000],
];
/** A Redis that lost its data has lost them too: they are there again after so long, milliseconds. */
const RENEW_EVERY_MS = 30_000;

/** The steps that come again and again, once for all transfer processes of a network. */
export class RegularSteps {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly steps: { repeat(step: Step, everyMs: number): Promise<void> },
    private readonly onTrouble: (step: string, error: Error) => void,
  ) {}

  async start(): Promise<void> {
    this.timer = setInterval(() => {
      this.renew().catch((error: Error) => this.onTrouble('the regular steps', error));
    }, RENEW_EVERY_MS);
    await this.renew();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async renew(): Promise<void> {
    for (const [step, everyMs] of REGULARLY) await this.steps.repeat(step, everyMs);
  }
}
