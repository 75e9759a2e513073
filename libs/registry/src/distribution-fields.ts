import type { ErrorDocument, PeerId } from '#core';
import { ROW_STATES, type DistributionState, type RowState } from '#contracts';
import type { Distribution, DistributionFacts, DistributionRow } from './distribution-registry.js';
import { list, text, type Reply } from './script.js';

/** A distribution from its hash. */
export const distributionFromFields = (
  id: string,
  fields: Readonly<Record<string, string>>,
): Distribution => ({
  id,
  idempotencyKey: fields['key'] as string,
  facts: JSON.parse(fields['facts'] as string) as DistributionFacts,
  state: fields['state'] as DistributionState,
  epoch: Number(fields['epoch']),
  targets: Number(fields['targets']),
  counts: Object.fromEntries(ROW_STATES.map((state) => [state, Number(fields[state] ?? 0)])) as Record<
    RowState,
    number
  >,
  createdAt: Number(fields['createdAt']),
  ...(fields['finishedAt'] === undefined ? {} : { finishedAt: Number(fields['finishedAt']) }),
});

/** A row from its field: `state|epoch|bytes|rate|updated at|name|error as JSON`. */
export const rowFromField = (peerId: PeerId, field: string): DistributionRow => {
  const [state, epoch, bytes, rate, updatedAt, name, ...error] = field.split('|');
  return {
    peerId,
    name: name as string,
    state: state as RowState,
    epoch: Number(epoch),
    bytes: Number(bytes),
    rate: Number(rate),
    updatedAt: Number(updatedAt),
    ...withError(error.join('|')),
  };
};

/** `{field, value, ...}` as an object. */
export const pairsIn = (reply: Reply | undefined): Record<string, string> => {
  const flat = list(reply).map(text);
  const pairs: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] as string, flat[at + 1] as string]);
  return Object.fromEntries(pairs);
};

const withError = (json: string): { error?: ErrorDocument } =>
  json === '' ? {} : { error: JSON.parse(json) as ErrorDocument };
