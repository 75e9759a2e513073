import type { Distribution } from './distribution-registry.js';

/** What a distribution as it stands may do. */
export interface Plan {
  /** The current wave, from 1, of so many. */
  readonly wave: number;
  readonly waves: number;
  /** Targets that may have begun by now, all in all. */
  readonly boundary: number;
  /** Targets that may download at the same time. */
  readonly concurrency: number;
  /** So many more targets may start now: in their turn, or again. */
  readonly room: number;
  /** Not before this moment. */
  readonly notBefore: number;
  /** Why it must be given up. */
  readonly giveUp?: string;
}

type Standing = Pick<Distribution, 'facts' | 'targets' | 'counts' | 'retrying' | 'createdAt'>;

/**
 * The rules of waves. The boundary of a wave is how many targets are in it and all before it. The next one begins when the
 * share of successes is reached; a target that is offline counts for nothing until it comes. Conditions that open a wave or
 * give up never become untrue again while the distribution runs, so an old standing can only say less than a new one.
 */
export const planOf = (distribution: Standing): Plan => {
  const { options } = distribution.facts;
  const { counts, retrying } = distribution;
  const boundaries = boundariesOf(options.waves ?? [], distribution.targets);
  const opened = boundaries.findIndex((boundary) => counts.done < needed(options.successShare, boundary));
  const wave = opened === -1 ? boundaries.length : opened + 1;
  const boundary = boundaries[wave - 1] as number;
  const concurrency = options.concurrency ?? distribution.targets;
  const active = counts.commanded + counts.downloading;
  const fresh = Math.min(counts.waiting - retrying, boundary - begunOf(distribution));
  const giveUp = reasonToGiveUp(distribution, boundary, wave < boundaries.length);
  return {
    ...{ wave, waves: boundaries.length, boundary, concurrency },
    room: Math.max(0, Math.min(concurrency - active, Math.max(0, fresh) + retrying)),
    notBefore: options.startAt ?? distribution.createdAt,
    ...(giveUp === undefined ? {} : { giveUp }),
  };
};

/** Targets that were told to download and are here. */
export const begunOf = ({ counts, retrying }: Pick<Distribution, 'counts' | 'retrying'>): number =>
  counts.commanded + counts.downloading + counts.done + counts.failed + retrying;

/** How many targets each wave and those before it have; ascending, the last has all. */
export const boundariesOf = (waves: readonly (number | string)[], targets: number): number[] => {
  const boundaries: number[] = [];
  for (const wave of waves) {
    const size = typeof wave === 'number' ? wave : needed(Number.parseFloat(wave) / 100, targets);
    if (size > (boundaries.at(-1) ?? 0) && size < targets) boundaries.push(size);
  }
  return [...boundaries, targets];
};

// A share like 0.07 of 100 must not become 8 because of how numbers are stored.
const needed = (share: number, of: number): number => Math.ceil(share * of - 1e-9);

const reasonToGiveUp = (
  { facts, counts }: Standing,
  boundary: number,
  hasNext: boolean,
): string | undefined => {
  const { failed } = counts;
  const { abortShare, successShare } = facts.options;
  const of = `${failed} of the first ${boundary} targets failed`;
  if (failed > 0 && abortShare !== undefined && failed >= needed(abortShare, boundary)) {
    return `${of}: the limit is a share of ${abortShare}`;
  }
  if (hasNext && failed > boundary - needed(successShare, boundary)) {
    return `${of}: a share of ${successShare} successes, which the next wave needs, cannot be reached`;
  }
  return undefined;
};
