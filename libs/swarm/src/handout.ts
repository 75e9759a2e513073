/** Labels that say where a peer stands, the widest first. */
interface Place {
  readonly zone?: string | undefined;
  readonly rack?: string | undefined;
}

/** 2: the same rack, 1: the same zone, 0: elsewhere or unknown. Racks of different zones may have the same name. */
export const nearness = (asker: Place, other: Place): number => {
  if (asker.zone !== undefined && other.zone !== undefined && asker.zone !== other.zone) return 0;
  if (asker.rack !== undefined && asker.rack === other.rack) return 2;
  return asker.zone !== undefined && asker.zone === other.zone ? 1 : 0;
};

export interface HandoutCandidate {
  readonly complete: boolean;
  /** See `nearness`. */
  readonly nearness: number;
}

/**
 * How many of `limit` places go to the ones, where there are `ones` and `others`: half, and more where the others are few.
 * Few ones all get a place, so that there is a way to a complete copy for everybody. `HOLDERS` (registry) is the same in Lua.
 */
export const halfShare = (limit: number, ones: number, others: number): number =>
  Math.min(ones, Math.max(Math.ceil(limit / 2), limit - others));

/**
 * Which holders an asker gets, at most `limit` of `candidates`, which come in random order: half of them complete ones, and of
 * either kind half near ones, the nearest first. Only near ones would make islands, only far ones carry every
 * chunk over the long way many times.
 */
export const mixHandout = <T extends HandoutCandidate>(candidates: readonly T[], limit: number): T[] => {
  const complete = candidates.filter((candidate) => candidate.complete);
  const partial = candidates.filter((candidate) => !candidate.complete);
  const share = halfShare(limit, complete.length, partial.length);
  return [...mixNear(complete, share), ...mixNear(partial, limit - share)];
};

const mixNear = <T extends HandoutCandidate>(candidates: readonly T[], limit: number): T[] => {
  const near = candidates.filter(({ nearness }) => nearness > 0).sort((a, b) => b.nearness - a.nearness);
  const far = candidates.filter(({ nearness }) => nearness === 0);
  const share = halfShare(limit, near.length, far.length);
  return [...near.slice(0, share), ...far.slice(0, Math.max(0, limit - share))];
};
