import type { Announcing } from './announcing.js';
import type { BullSteps } from './bull-steps.js';
import type { CatchingUp } from './catching-up.js';
import type { Commanding } from './commanding.js';
import type { Step } from './ports.js';

/** The end of a distribution whose announcement was lost with a connection is told after so long, milliseconds. */
const ANNOUNCE_EVERY_MS = 15_000;

/** Runs the steps of this process's share. Doing a step again is harmless. */
export class StepWorker {
  constructor(
    private readonly steps: Pick<BullSteps, 'run' | 'repeat'>,
    private readonly commanding: Pick<Commanding, 'start'>,
    private readonly announcing: Pick<Announcing, 'run'>,
    private readonly catchingUp: Pick<CatchingUp, 'run'>,
  ) {}

  async start(): Promise<void> {
    this.steps.run((step) => this.runStep(step));
    await this.steps.repeat({ kind: 'announce', distributionId: 'all' }, ANNOUNCE_EVERY_MS);
    await this.catchingUp.run();
  }

  /** The steps are stopped by their queue. */
  stop(): void {}

  private runStep(step: Step): Promise<void> {
    switch (step.kind) {
      case 'start':
        return this.commanding.start(step.distributionId);
      case 'announce':
        return this.announcing.run();
    }
  }
}
