import { ShoalError } from '#core';
import { print, styleOf, type Context } from '../context.js';
import { findDaemons, type Daemon } from '../local/find-daemon.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { renderStatus, renderStatuses } from '../output/status-text.js';
import { placeIfAny, type PeerOptions } from './options.js';

/** The peers that run on this machine: one in full, several as a table. */
export const status = async (options: PeerOptions, context: Context): Promise<ExitCode> => {
  const all = (await daemonsFor(options, context)).map((daemon) => daemon.status);
  const style = styleOf(context, context.stdout);
  const [only] = all;
  if (options.json === true) for (const one of all) print(context, JSON.stringify(one));
  else if (all.length === 1 && only !== undefined) print(context, renderStatus(only, style));
  else print(context, renderStatuses(all, style));
  return EXIT.ok;
};

/** Ends a daemon of this machine after it left the network. */
export const leave = async (options: PeerOptions, context: Context): Promise<ExitCode> => {
  const daemon = theOnly(await daemonsFor(options, context));
  await daemon.client.leave();
  const { name, peerId } = daemon.status;
  if (options.json === true) print(context, JSON.stringify({ event: 'left', name, peerId }));
  else print(context, `${clean(name)} has left the network and ends`);
  return EXIT.ok;
};

const daemonsFor = async (options: PeerOptions, context: Context): Promise<Daemon[]> => {
  const { env, cwd } = context;
  const found = await findDaemons({ peer: options.peer, env, cwd, place: placeIfAny(options, context) });
  if (found.length > 0) return found;
  throw new ShoalError('not-found', 'no peer runs on this machine', {
    hint: 'Start one with `shoal peer`, or point at its control socket with --peer.',
  });
};

const theOnly = (daemons: readonly Daemon[]): Daemon => {
  const [only, other] = daemons;
  if (only !== undefined && other === undefined) return only;
  throw new ShoalError('bad-config', 'several peers run on this machine; which one?', {
    hint: `Name it: ${daemons.map(({ name }) => `--peer ${name}`).join(', ')}`,
  });
};
