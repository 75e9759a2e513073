import { randomUUID } from 'node:crypto';
import type { RequestBody } from '#contracts';
import { print, type Context } from '../context.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { watchDistribution } from './distribution-watch.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface DistributeOptions extends NetworkOptions {
  readonly to: readonly string[];
  readonly folder?: string | undefined;
  readonly saveAs?: string | undefined;
  readonly force?: boolean | undefined;
  readonly priority?: number | undefined;
  /** Milliseconds since 1970. */
  readonly start?: number | undefined;
  readonly deadline?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly waves?: (number | string)[] | undefined;
  readonly success?: number | undefined;
  readonly abort?: number | undefined;
  /** Bytes a second. */
  readonly maxDown?: number | undefined;
  readonly retries?: number | undefined;
  /** Milliseconds. */
  readonly retryDelay?: number | undefined;
  readonly follow?: boolean | undefined;
  readonly key?: string | undefined;
  readonly watch?: boolean | undefined;
}

/** Orders it; the network does it, also when this command has ended. */
export const distribute = async (
  file: string,
  options: DistributeOptions,
  context: Context,
): Promise<ExitCode> => {
  const place = placeFor(options, context);
  const broker = await makeBroker(place, 'distribute', context);
  // One key for each call: asking again after a lost answer is the same distribution.
  const request = requestOf(file, options, options.key ?? randomUUID());
  if (options.watch === true) {
    const order = { place, broker, json: options.json === true, begin: 'transfer.download' } as const;
    return watchDistribution({ ...order, request }, context);
  }
  const reply = await withAnchors(
    broker,
    (anchors) => anchors.ask('transfer.download', request),
    context.interrupts(),
  );
  if (options.json === true) print(context, JSON.stringify(reply));
  else {
    const known = reply.created ? '' : ', asked for before';
    print(
      context,
      `${reply.distributionId}: ${file} to ${reply.targets} target${reply.targets === 1 ? '' : 's'}${known}`,
    );
  }
  return EXIT.ok;
};

export const requestOf = (
  file: string,
  options: DistributeOptions,
  idempotencyKey: string,
): RequestBody<'transfer.download'> => {
  const all = {
    ...{ file, targets: [...options.to], idempotencyKey, folder: options.folder, saveAs: options.saveAs },
    ...{
      force: options.force,
      priority: options.priority,
      startAt: options.start,
      deadline: options.deadline,
    },
    ...{ concurrency: options.concurrency, waves: options.waves, successShare: options.success },
    ...{ abortShare: options.abort, maxDownRate: options.maxDown, retries: options.retries },
    ...{ retryDelayMs: options.retryDelay, follow: options.follow },
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as RequestBody<'transfer.download'>;
};
