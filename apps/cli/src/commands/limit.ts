import { formatRate } from '#core';
import { print, type Context } from '../context.js';
import { daemonsFor, theOnly } from '../local/daemons.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import type { PeerOptions } from './options.js';

export interface LimitOptions extends PeerOptions {
  /** Bytes a second; 0 lifts the limit, undefined leaves it. */
  readonly maxUp?: number | undefined;
  readonly maxDown?: number | undefined;
}

/** Changes how fast a peer of this machine may be, while it runs, and says what counts now. */
export const limit = async (options: LimitOptions, context: Context): Promise<ExitCode> => {
  const { client, name } = theOnly(await daemonsFor(options, context));
  const { maxUp, maxDown } = options;
  if (maxUp !== undefined || maxDown !== undefined)
    await client.setLimits({ up: orNull(maxUp), down: orNull(maxDown) });
  const { upRate, downRate } = await client.status();
  const [up, down] = [orNull(upRate), orNull(downRate)];
  if (options.json === true) print(context, JSON.stringify({ event: 'limits', peer: name, up, down }));
  else print(context, `${clean(name)}: up ${textOf(up)}, down ${textOf(down)}`);
  return EXIT.ok;
};

const orNull = <T extends number | undefined>(rate: T): T | null => (rate === 0 ? null : rate);

const textOf = (rate: number | null): string => (rate === null ? 'unlimited' : formatRate(rate));
