import { asShoalError } from '#core';
import { isDisturbed } from './statistics.js';
import type { Case, Contender, Measured } from './port.js';

export interface Turns {
  /** Undisturbed runs that each contender shall have. */
  readonly runs: number;
  /** Rounds at most: disturbed runs are made again until then. */
  readonly roundsMax: number;
  /** Before each run: waits for a quiet machine, warms it. */
  readonly settle: () => Promise<void>;
  readonly stopped: AbortSignal;
  readonly say: (line: string) => void;
}

/** What became of a contender in a case. */
export interface Entry {
  readonly tool: string;
  readonly runs: readonly Measured[];
  /** Set when it failed; it had no more turns after that. */
  readonly failure?: string;
}

class Runner {
  readonly runs: Measured[] = [];
  failure: string | undefined;

  constructor(
    readonly contender: Contender,
    private readonly turns: Turns,
  ) {}

  get needsMore(): boolean {
    const clean = this.runs.filter((run) => !isDisturbed(run)).length;
    return this.failure === undefined && clean < this.turns.runs;
  }

  async attempt(work: () => Promise<void>): Promise<void> {
    if (this.turns.stopped.aborted || this.failure !== undefined) return;
    try {
      await work();
    } catch (thrown) {
      if (this.turns.stopped.aborted) return;
      this.failure = asShoalError(thrown).message;
      this.turns.say(`  ${this.contender.name} failed: ${this.failure}`);
    }
  }

  async turn(round: number, label: string): Promise<void> {
    await this.attempt(async () => {
      await this.turns.settle();
      const measured = await this.contender.run(round);
      this.runs.push(measured);
      const disturbed = isDisturbed(measured) ? ', disturbed' : '';
      const foreign = `others took ${Math.round(measured.foreign * 100)} % of the CPU${disturbed}`;
      this.turns.say(`  ${label} ${round + 1}: ${shown(measured)} (${foreign})`);
    });
  }
}

const shown = ({ figures }: Measured): string =>
  Object.entries(figures)
    .slice(0, 4)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');

/**
 * Every contender in turn, again and again (A B C A B C), so that slow changes of the machine hit all alike. One that
 * fails is out; the others go on.
 */
export const interleave = async (one: Case, turns: Turns): Promise<Entry[]> => {
  const runners = one.contenders.map((contender) => new Runner(contender, turns));
  try {
    for (const runner of runners) await runner.attempt(() => runner.contender.prepare());
    for (let round = 0; round < turns.roundsMax; round++) {
      for (const runner of runners.filter((each) => each.needsMore)) {
        await runner.turn(round, runner.contender.name);
      }
    }
  } finally {
    for (const { contender } of runners) await contender.close();
  }
  return runners.map(({ contender, runs, failure }) => ({
    tool: contender.name,
    runs,
    ...(failure === undefined ? {} : { failure }),
  }));
};
