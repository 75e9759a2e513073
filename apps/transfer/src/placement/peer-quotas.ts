import { Bitfield } from '#core';
import { DOMAIN_LABELS, domainsOf } from './fault-domains.js';
import type { PlacementPeer } from './plan-types.js';
import { divide } from './quotas.js';

interface Caps {
  /** Chunks that one peer may have in the end. */
  readonly peer: number;
  /** Chunks that all peers of one domain may have in the end, by level; with more two copies of one meet there. */
  readonly domains: readonly number[];
}

/** What to hold to, from what is wanted to what is unavoidable. `others`: there are more peers than copies. */
export const capsFor = (chunkCount: number, others: boolean): Caps[] => {
  const notAll = others && chunkCount > 1 ? chunkCount - 1 : chunkCount;
  const domains = DOMAIN_LABELS.map((_, level) =>
    DOMAIN_LABELS.map((_label, at) => (at >= level ? chunkCount : FREE)),
  );
  const none = DOMAIN_LABELS.map(() => FREE);
  return [
    ...domains.map((each) => ({ peer: notAll, domains: each })),
    { peer: notAll, domains: none },
    { peer: chunkCount, domains: none },
  ];
};

const FREE = Number.POSITIVE_INFINITY;

/** How many chunks each peer gets, in proportion to its room; undefined when they cannot take all within the caps. */
export const quotasFor = (
  peers: readonly PlacementPeer[],
  total: number,
  caps: Caps,
): number[] | undefined => {
  const members = peers.map((peer, at): Member => {
    const most = Math.max(0, Math.min(peer.room, caps.peer - peer.has.count));
    return { at, peer, domains: domainsOf(peer), most };
  });
  if (capacityOf(members, caps, 0) < total) return undefined;
  const given = divideAmong(total, members, caps, 0);
  return peers.map((_, at) => given.get(at) ?? 0);
};

interface Member {
  readonly at: number;
  readonly peer: PlacementPeer;
  readonly domains: readonly string[];
  /** Chunks it takes. */
  readonly most: number;
}

/** Among the domains of one level, then within each of them among those of the next, down to the peers. */
const divideAmong = (
  total: number,
  members: readonly Member[],
  caps: Caps,
  level: number,
): Map<number, number> => {
  if (level === DOMAIN_LABELS.length) {
    const shares = members.map(({ most, peer }) => ({ most, weight: peer.room }));
    const given = divide(total, shares);
    return new Map(members.map(({ at }, index) => [at, given[index] as number]));
  }
  const groups = domainsAt(members, level);
  const shares = groups.map((group) => ({
    most: domainCapacity(group, caps, level),
    weight: group.reduce((sum, { peer }) => sum + peer.room, 0),
  }));
  const given = divide(total, shares);
  return new Map(
    groups.flatMap((group, index) => [...divideAmong(given[index] as number, group, caps, level + 1)]),
  );
};

/** What these peers take in all, the domains of this level and below considered. */
const capacityOf = (members: readonly Member[], caps: Caps, level: number): number =>
  level === DOMAIN_LABELS.length
    ? members.reduce((sum, { most }) => sum + most, 0)
    : domainsAt(members, level).reduce((sum, group) => sum + domainCapacity(group, caps, level), 0);

const domainCapacity = (group: readonly Member[], caps: Caps, level: number): number =>
  Math.max(0, Math.min(capacityOf(group, caps, level + 1), (caps.domains[level] as number) - heldIn(group)));

const domainsAt = (members: readonly Member[], level: number): Member[][] => {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const domain = member.domains[level] as string;
    groups.set(domain, [...(groups.get(domain) ?? []), member]);
  }
  return [...groups.values()];
};

/** Chunks of which the domain has a copy. */
const heldIn = (group: readonly Member[]): number => {
  const [first] = group;
  if (first === undefined || group.every(({ peer }) => peer.has.isEmpty)) return 0;
  const held = new Bitfield(first.peer.has.length);
  for (const { peer } of group) for (const chunk of peer.has) held.set(chunk);
  return held.count;
};
