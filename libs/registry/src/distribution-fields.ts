import type { ErrorDocument, PeerId } from '#core';
import { ROW_STATES, type DistributionState, type RowState } from '#contracts';
import type {
  Distribution,
  DistributionCourse,
  DistributionFacts,
  DistributionRow,
} from './distribution-registry.js';
import { list, text, type Reply } from './script.js';
import { ROW_PARTS } from './scripts/distribution-rows.lua.js';

type Fields = Readonly<Record<string, string>>;

/** A distribution from its hash. */
export const distributionFromFields = (id: string, fields: Fields): Distribution => ({
  id,
  idempotencyKey: fields['key'] as string,
  facts: JSON.parse(fields['facts'] as string) as DistributionFacts,
  state: fields['state'] as DistributionState,
  revision: Number(fields['revision']),
  round: Number(fields['round']),
  targets: Number(fields['targets']),
  counts: Object.fromEntries(ROW_STATES.map((state) => [state, Number(fields[state] ?? 0)])) as Record<
    RowState,
    number
  >,
  retrying: Number(fields['retrying']),
  createdAt: Number(fields['createdAt']),
  ...numbers(fields, ['deadline', 'finishedAt']),
  ...(fields['reason'] === undefined ? {} : { reason: fields['reason'] }),
  keepParts: fields['keepParts'] === '1',
  course: courseFrom(fields),
});

const courseFrom = (fields: Fields): DistributionCourse => ({
  ...numbers(fields, ['firstCommandAt', 'lastCommandAt', 'firstNewsAt', 'lastDoneAt', 'bestRate']),
  bytes: {
    sameLabel: Number(fields['fromSame'] ?? 0),
    other: Number(fields['fromOther'] ?? 0),
    storage: Number(fields['fromStorage'] ?? 0),
  },
});

/** Those that are there. */
const numbers = <K extends string>(fields: Fields, names: readonly K[]): { [N in K]?: number } =>
  Object.fromEntries(
    names.filter((name) => fields[name] !== undefined).map((name) => [name, Number(fields[name])]),
  ) as { [N in K]?: number };

/** A row from its field; see ROW_PARTS. */
export const rowFromField = (peerId: PeerId, field: string): DistributionRow => {
  const parts = field.split('|');
  const at = (part: (typeof ROW_PARTS)[number]): string => parts[ROW_PARTS.indexOf(part)] as string;
  const error = parts.slice(ROW_PARTS.length - 1).join('|');
  return {
    peerId,
    name: at('name'),
    state: at('state') as RowState,
    epoch: Number(at('epoch')),
    tries: Number(at('tries')),
    rank: Number(at('rank')),
    bytes: Number(at('bytes')),
    rate: Number(at('rate')),
    updatedAt: Number(at('updatedAt')),
    ...(at('commandedAt') === '' ? {} : { commandedAt: Number(at('commandedAt')) }),
    ...(at('milliseconds') === '' ? {} : { milliseconds: Number(at('milliseconds')) }),
    ...(error === '' ? {} : { error: JSON.parse(error) as ErrorDocument }),
  };
};

/** `{field, value, ...}` as an object. */
export const pairsIn = (reply: Reply | undefined): Record<string, string> => {
  const flat = list(reply).map(text);
  const pairs: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] as string, flat[at + 1] as string]);
  return Object.fromEntries(pairs);
};

/** A distribution from `{field, value, ...}`; undefined when there is none. */
export const distributionIn = (id: string, reply: Reply | undefined): Distribution | undefined => {
  const fields = pairsIn(reply);
  return fields['state'] === undefined ? undefined : distributionFromFields(id, fields);
};

/** Rows from `{peer id, field, ...}`. */
export const rowsIn = (reply: Reply | undefined): DistributionRow[] =>
  Object.entries(pairsIn(reply)).map(([peerId, field]) => rowFromField(peerId as PeerId, field));
