import type { DistributionSummary, ReplyBody } from '#contracts';
import { print, styleOf, type Context } from '../context.js';
import { wholeStatus } from '../network/distribution-pages.js';
import { makeBroker, withAnchors, type Anchors } from '../network/session.js';
import { renderDistribution, renderDistributions } from '../output/distribution-table.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { watchDistribution } from './distribution-watch.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface WatchOptions extends NetworkOptions {
  readonly watch?: boolean | undefined;
}
export interface CancelOptions extends NetworkOptions {
  readonly keepParts?: boolean | undefined;
}

/** All that are kept, the newest first. */
export const distributions = async (options: NetworkOptions, context: Context): Promise<ExitCode> => {
  const rows = await inNetwork(options, 'distributions', context, allDistributions);
  if (options.json === true) for (const row of rows) print(context, JSON.stringify(row));
  else if (rows.length === 0) print(context, 'no distribution was made in the last days');
  else print(context, renderDistributions(rows, context.now(), styleOf(context, context.stdout)));
  return EXIT.ok;
};

/** One as it is now, with every target, or until it has ended. */
export const distribution = async (
  id: string,
  options: WatchOptions,
  context: Context,
): Promise<ExitCode> => {
  const json = options.json === true;
  if (options.watch === true) {
    const place = placeFor(options, context);
    const broker = await makeBroker(place, 'distribution', context);
    return watchDistribution({ place, broker, json, id }, context);
  }
  const status = await inNetwork(options, 'distribution', context, (anchors) => wholeStatus(anchors, id));
  if (json) print(context, JSON.stringify(status));
  else print(context, renderDistribution(status, context.now(), styleOf(context, context.stdout)));
  return EXIT.ok;
};

export const cancel = async (id: string, options: CancelOptions, context: Context): Promise<ExitCode> => {
  const request = { distributionId: id, keepParts: options.keepParts === true };
  const reply = await inNetwork(options, 'cancel', context, (anchors) =>
    anchors.ask('transfer.cancel', request),
  );
  const text =
    reply.cancelled === 0
      ? `${id}: nothing was left to cancel`
      : `${id}: ${targets(reply.cancelled)} cancelled`;
  print(context, options.json === true ? JSON.stringify(reply) : text);
  return EXIT.ok;
};

export const retry = async (id: string, options: WatchOptions, context: Context): Promise<ExitCode> => {
  const request = { distributionId: id };
  if (options.watch === true) {
    const place = placeFor(options, context);
    const broker = await makeBroker(place, 'retry', context);
    const order = { place, broker, json: options.json === true, begin: 'transfer.retry' } as const;
    return watchDistribution({ ...order, request }, context);
  }
  const reply = await inNetwork(options, 'retry', context, (anchors) =>
    anchors.ask('transfer.retry', request),
  );
  const text =
    reply.retried === 0 ? `${id}: nothing has failed` : `${id}: ${targets(reply.retried)} try again`;
  print(context, options.json === true ? JSON.stringify(reply) : text);
  return EXIT.ok;
};

const allDistributions = async (anchors: Anchors): Promise<DistributionSummary[]> => {
  const rows: DistributionSummary[] = [];
  let page: ReplyBody<'transfer.list'> | undefined;
  do {
    const after: string | undefined = page?.next;
    page = await anchors.ask('transfer.list', after === undefined ? {} : { after });
    rows.push(...page.distributions);
  } while (page.next !== undefined);
  return rows;
};

const inNetwork = async <T>(
  options: NetworkOptions,
  command: string,
  context: Context,
  task: (anchors: Anchors) => Promise<T>,
): Promise<T> => {
  const broker = await makeBroker(placeFor(options, context), command, context);
  return withAnchors(broker, task, context.interrupts());
};

const targets = (count: number): string => `${count} target${count === 1 ? '' : 's'}`;
