import type { Advancing } from './advancing.js';
import type { Announcing } from './announcing.js';
import type { BullSteps } from './bull-steps.js';
import type { CatchingUp } from './catching-up.js';
import type { Commanding } from './commanding.js';
import type { Ending } from './ending.js';
import type { GoneTargets } from './gone-targets.js';
import type { Overdue } from './overdue.js';
import type { Placing } from './placement/placing.js';
import type { Step } from './ports.js';
import type { RegularSteps } from './regular-steps.js';

/** Who does which step. */
export interface StepDoers {
  readonly advancing: Pick<Advancing, 'run'>;
  readonly ending: Pick<Ending, 'expire' | 'abort'>;
  readonly commanding: Pick<Commanding, 'stop'>;
  readonly placing: Pick<Placing, 'run'>;
  readonly announcing: Pick<Announcing, 'run'>;
  readonly goneTargets: Pick<GoneTargets, 'run'>;
  readonly overdue: Pick<Overdue, 'run'>;
}

/** Runs the steps of this process's share. Doing a step again is harmless. */
export class StepWorker {
  constructor(
    private readonly steps: Pick<BullSteps, 'run'>,
    private readonly regular: Pick<RegularSteps, 'start' | 'stop'>,
    private readonly catchingUp: Pick<CatchingUp, 'run'>,
    private readonly doing: StepDoers,
  ) {}

  async start(): Promise<void> {
    this.steps.run((step) => this.runStep(step));
    await this.regular.start();
    await this.catchingUp.run();
  }

  /** The steps that run are waited for by their queue. */
  stop(): void {
    this.regular.stop();
  }

  private runStep(step: Step): Promise<void> {
    const { advancing, ending, commanding, placing, announcing, goneTargets, overdue } = this.doing;
    switch (step.kind) {
      case 'start':
        return advancing.run(step.distributionId);
      case 'deadline':
        return ending.expire(step.distributionId);
      case 'abort':
        return ending.abort(step.distributionId);
      case 'stop':
        return commanding.stop(step.distributionId);
      case 'place':
        return placing.run(step.distributionId);
      case 'gone':
        return goneTargets.run();
      case 'overdue':
        return overdue.run();
      case 'announce':
        return announcing.run();
    }
  }
}
