import type { Network, RunningPeer } from '../network/network.js';
import type { Run } from '../run/run.js';
import type { Services } from '../services/services.js';
import type { Moves } from './moves.js';
import { shoal, type ShoalCall, type ShoalResult } from './shoal.js';
import type { Story } from './story.js';

/** What every scene of the demo works with. */
export interface Stage {
  readonly run: Run;
  readonly services: Services;
  readonly network: Network;
  readonly story: Story;
  readonly moves: Moves;
  /** The file of the first half, and its name in the network. */
  readonly song: { readonly path: string; readonly name: string; readonly sha256: string };
}

/** Runs `shoal` against the stage's network. */
export const ask = (
  { network, run }: Stage,
  args: readonly string[],
  onLine?: ShoalCall['onLine'],
): Promise<ShoalResult> =>
  shoal(args, {
    env: network.cliEnvironment,
    cwd: run.folder,
    ...(onLine === undefined ? {} : { onLine }),
  });

/** The same through the daemon of one peer. */
export const askThrough = (
  stage: Stage,
  peer: RunningPeer,
  args: readonly string[],
  onLine?: ShoalCall['onLine'],
): Promise<ShoalResult> => ask(stage, [...args, '--peer', peer.controlSocket], onLine);

export interface Holder {
  readonly name: string;
  readonly ranges?: readonly (readonly [number, number])[];
}

/** Live holders of a file, as an anchor hands them out now. */
export const holdersOf = async (stage: Stage, name: string): Promise<Holder[]> => {
  const { lines } = await ask(stage, ['manifest', name, '--json']);
  return (lines[0]?.['holders'] ?? []) as Holder[];
};

/** Asks again until it holds; an acknowledgement takes its interval to reach the anchors. */
export const untilHolders = async (
  stage: Stage,
  name: string,
  isRight: (holders: readonly Holder[]) => boolean,
): Promise<Holder[]> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const holders = await holdersOf(stage, name);
    if (isRight(holders) || Date.now() > deadline) return holders;
  }
};
