import type { Advancing } from './advancing.js';
import type { Announcing } from './announcing.js';
import type { BullSteps } from './bull-steps.js';
import type { CatchingUp } from './catching-up.js';
import type { Commanding } from './commanding.js';
import type { Ending } from './ending.js';
import type { GoneTargets } from './gone-targets.js';
import type { Placing } from './placement/placing.js';
import type { Step } from './ports.js';

/** The end of a distribution whose announcement was lost with a connection is told after so long, milliseconds. */
const ANNOUNCE_EVERY_MS = 15_000;
/** Running placements are looked at so often, for what no message tells: peers that stall, milliseconds. */
const PLACE_EVERY_MS = 2_000;

/** Targets that have gone without a word are looked for so often, milliseconds. */
const LOOK_FOR_GONE_MS = 60_000;

/** Who does which step. */
export interface StepDoers {
  readonly advancing: Pick<Advancing, 'run'>;
  readonly ending: Pick<Ending, 'expire' | 'abort'>;
  readonly commanding: Pick<Commanding, 'stop'>;
  readonly placing: Pick<Placing, 'run'>;
  readonly announcing: Pick<Announcing, 'run'>;
  readonly goneTargets: Pick<GoneTargets, 'run'>;
}

/** Runs the steps of this process's share. Doing a step again is harmless. */
export class StepWorker {
  constructor(
    private readonly steps: Pick<BullSteps, 'run' | 'repeat'>,
    private readonly catchingUp: Pick<CatchingUp, 'run'>,
    private readonly doing: StepDoers,
  ) {}

  async start(): Promise<void> {
    this.steps.run((step) => this.runStep(step));
    await this.steps.repeat({ kind: 'announce', distributionId: 'all' }, ANNOUNCE_EVERY_MS);
    await this.steps.repeat({ kind: 'place', distributionId: 'all', look: 'tick' }, PLACE_EVERY_MS);
    await this.steps.repeat({ kind: 'gone', distributionId: 'all' }, LOOK_FOR_GONE_MS);
    await this.catchingUp.run();
  }

  /** The steps are stopped by their queue. */
  stop(): void {}

  private runStep(step: Step): Promise<void> {
    const { advancing, ending, commanding, placing, announcing, goneTargets } = this.doing;
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
      case 'announce':
        return announcing.run();
    }
  }
}
