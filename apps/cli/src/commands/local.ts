import { print, styleOf, type Context } from '../context.js';
import { daemonsFor, theOnly } from '../local/daemons.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { renderStatus, renderStatuses } from '../output/status-text.js';
import type { PeerOptions } from './options.js';

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
