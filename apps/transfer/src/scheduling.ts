import type { Clock } from '#core';
import type { Distribution } from '#registry';
import { dueSteps, firstSteps, overdueSteps, stepsAgain, tryAgain, type DueStep } from './due-steps.js';
import type { Steps } from './ports.js';

/** Turns what is due into jobs. */
export class Scheduling {
  constructor(
    private readonly steps: Steps,
    private readonly clock: Clock,
  ) {}

  /** Something changed. */
  due(distribution: Distribution, retryAt?: number): Promise<void> {
    return this.add(dueSteps(distribution, retryAt));
  }

  /** It begins, or begins again. */
  begin(distribution: Distribution, why: string): Promise<void> {
    return this.add(firstSteps(distribution, why));
  }

  /** Whatever became of what was added before. */
  takeUp(distribution: Distribution, why: string): Promise<void> {
    return this.add(stepsAgain(distribution, why, this.clock.now()));
  }

  /** Nobody may have done what was due by now. */
  overdue(distribution: Distribution): Promise<void> {
    return this.add(overdueSteps(distribution, this.clock.now()));
  }

  lookAgain(distribution: Distribution, at: number): Promise<void> {
    return this.add([tryAgain(distribution, at)]);
  }

  private async add(due: readonly DueStep[]): Promise<void> {
    const now = this.clock.now();
    for (const { step, at } of due) await this.steps.add(step, Math.max(0, at - now));
  }
}
