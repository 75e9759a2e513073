import { setTimeout as delay } from 'node:timers/promises';
import { busyCpu, canMeasure, CPUS, cpuOf, kernelCpu, treeOf } from './proc.js';

interface Reading {
  readonly at: number;
  readonly busy: number;
  readonly own: number;
}

/** The kernel works for whoever measures, mostly. */
const read = (): Reading => ({
  at: performance.now(),
  busy: busyCpu(),
  own: cpuOf(treeOf([process.pid])) + kernelCpu(),
});

/** Share of the machine's CPU time that processes of others took between two moments. */
export class ForeignLoad {
  private readonly first: Reading | undefined = canMeasure() ? read() : undefined;

  share(): number {
    if (this.first === undefined) return 0;
    const now = read();
    const capacity = ((now.at - this.first.at) / 1_000) * CPUS;
    const others = now.busy - this.first.busy - (now.own - this.first.own);
    return Math.min(1, Math.max(0, others / capacity));
  }
}

const LOOK_MS = 400;
const PAUSE_MS = 800;
const QUIET = 0.1;

/** Resolves when others leave the machine alone, at the latest after `maxMs`. */
export const untilQuiet = async (maxMs: number, stopped: AbortSignal): Promise<void> => {
  const deadline = performance.now() + maxMs;
  while (performance.now() < deadline && !stopped.aborted) {
    const load = new ForeignLoad();
    await delay(LOOK_MS);
    if (load.share() < QUIET) return;
    await delay(PAUSE_MS);
  }
};
