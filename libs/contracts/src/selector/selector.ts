import { PEER_ID_PATTERN, PEER_NAME_PATTERN, LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from '#core';
import { z } from 'zod';
import { MESSAGE_LIMITS } from '../limits.js';

/** Which peers are meant. */
export type Selector =
  | { readonly all: true }
  /** A name or an id. */
  | { readonly peer: string }
  /** Any value when `value` is left out. */
  | { readonly label: string; readonly value?: string | undefined }
  | { readonly and: readonly Selector[] }
  | { readonly or: readonly Selector[] }
  | { readonly not: Selector };

/** So many of the peers that a selector means; all of them when neither is there. */
export interface TargetGroup {
  readonly of: Selector;
  readonly count?: number | undefined;
  /** More than 0, at most 100; rounded up, so that it is at least one peer. */
  readonly percent?: number | undefined;
}

/** What a selector looks at. */
export interface SelectedPeer {
  readonly peerId: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const peerWord = z
  .string()
  .refine((word) => PEER_ID_PATTERN.test(word) || PEER_NAME_PATTERN.test(word), 'must be a peer name or id');
const labelKey = z.string().regex(LABEL_KEY_PATTERN, 'must be a label: lower-case letters, digits and "-"');
const labelValue = z.string().regex(LABEL_VALUE_PATTERN, 'must be a label value');

const selectorShape: z.ZodType<Selector> = z.lazy(() =>
  z.union([
    z.object({ all: z.literal(true) }).strict(),
    z.object({ peer: peerWord }).strict(),
    z.object({ label: labelKey, value: labelValue.optional() }).strict(),
    z.object({ and: z.array(selectorShape).min(1).max(MESSAGE_LIMITS.selectorTerms) }).strict(),
    z.object({ or: z.array(selectorShape).min(1).max(MESSAGE_LIMITS.selectorTerms) }).strict(),
    z.object({ not: selectorShape }).strict(),
  ]),
);

/** Whether arrays and objects go no deeper than `depth`; looked at before anything walks down. */
const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1)));

const parts = (selector: Selector): readonly Selector[] =>
  'and' in selector ? selector.and : 'or' in selector ? selector.or : 'not' in selector ? [selector.not] : [];
const terms = (selector: Selector): number => parts(selector).reduce((sum, part) => sum + terms(part), 1);

/** The JSON form: a selector, or `{of, count}` and `{of, percent}`. */
export const targetGroup: z.ZodType<TargetGroup> = z
  .unknown()
  // `and` and `or` are an object and a list each.
  .refine((value) => isShallow(value, 2 * MESSAGE_LIMITS.selectorDepth), 'has too many levels')
  .pipe(
    z.union([
      selectorShape.transform((of): TargetGroup => ({ of })),
      z.object({ of: selectorShape, count: z.number().int().min(1).max(MESSAGE_LIMITS.targets) }).strict(),
      z.object({ of: selectorShape, percent: z.number().gt(0).max(100) }).strict(),
    ]),
  )
  .refine(
    ({ of }) => terms(of) <= MESSAGE_LIMITS.selectorTerms,
    `has more than ${MESSAGE_LIMITS.selectorTerms} terms`,
  );

export const selects = (selector: Selector, peer: SelectedPeer): boolean => {
  if ('all' in selector) return true;
  if ('peer' in selector) return selector.peer === peer.peerId || selector.peer === peer.name;
  if ('and' in selector) return selector.and.every((part) => selects(part, peer));
  if ('or' in selector) return selector.or.some((part) => selects(part, peer));
  if ('not' in selector) return !selects(selector.not, peer);
  const value = Object.hasOwn(peer.labels, selector.label) ? peer.labels[selector.label] : undefined;
  return value !== undefined && (selector.value === undefined || selector.value === value);
};

/** As people write it; `parseTarget` reads it back. */
export const formatSelector = (selector: Selector): string => {
  if ('all' in selector) return 'all';
  if ('peer' in selector) return `peer:${selector.peer}`;
  if ('label' in selector) return `${selector.label}=${selector.value ?? '*'}`;
  if ('not' in selector) return `not ${bracketed(selector.not)}`;
  if ('and' in selector) return selector.and.map(bracketed).join(' and ');
  return selector.or.map(bracketed).join(' or ');
};

export const formatTarget = ({ of, count, percent }: TargetGroup): string =>
  percent !== undefined
    ? `${percent}% of ${formatSelector(of)}`
    : count !== undefined
      ? `${count} of ${formatSelector(of)}`
      : formatSelector(of);

const bracketed = (selector: Selector): string =>
  'and' in selector || 'or' in selector ? `(${formatSelector(selector)})` : formatSelector(selector);
