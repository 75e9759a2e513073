import { ShoalError } from '#core';
import { complain, type Context } from '../context.js';
import { placeIfAny, type PeerOptions } from '../commands/options.js';
import { otherVersionRemark } from './other-version.js';
import { findDaemons, type Daemon } from './find-daemon.js';

/** The peers of this machine that a verb is about. @throws ShoalError `not-found` when none runs */
export const daemonsFor = async (options: PeerOptions, context: Context): Promise<Daemon[]> => {
  const { env, cwd } = context;
  const found = await findDaemons({ peer: options.peer, env, cwd, place: placeIfAny(options, context) });
  if (found.length === 0) {
    throw new ShoalError('not-found', 'no peer runs on this machine', {
      hint: 'Start one with `shoal peer`, or point at its control socket with --peer.',
    });
  }
  for (const { status } of found) {
    const remark = otherVersionRemark(status);
    if (remark !== undefined) complain(context, remark);
  }
  return found;
};

/** @throws ShoalError `bad-config` when there are several */
export const theOnly = (daemons: readonly Daemon[]): Daemon => {
  const [only, other] = daemons;
  if (only !== undefined && other === undefined) return only;
  throw new ShoalError('bad-config', 'several peers run on this machine; which one?', {
    hint: `Name it: ${daemons.map(({ name }) => `--peer ${name}`).join(', ')}`,
  });
};
