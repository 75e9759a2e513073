import { createHash } from 'node:crypto';
import { ShoalError, type PeerId } from '#core';
import { formatTarget, MESSAGE_LIMITS, selects, type TargetGroup } from '#contracts';
import type { RosterPeer } from '#registry';

export interface Target {
  readonly peerId: PeerId;
  readonly name: string;
}

/** The one peer that a group names; undefined when it is a selector. */
export const namedPeer = ({ of, count, percent }: TargetGroup): string | undefined =>
  'peer' in of && count === undefined && percent === undefined ? of.peer : undefined;

/**
 * The targets of a request, each once, in the order of their start: the groups as they were written, the peers of a group in an
 * order that only depends on the seed and the peer. So a canary or a share is the same however often it is asked.
 * @throws ShoalError `not-found` for a peer that nobody knows or a selector that means nobody, `limit-exceeded`
 */
export const resolveTargets = (
  groups: readonly TargetGroup[],
  known: readonly RosterPeer[],
  seed: string,
): Target[] => {
  const targets = new Map<PeerId, Target>();
  const unknown: string[] = [];
  for (const group of groups) {
    const found = peersOf(group, known, seed);
    if (found.length === 0) unknown.push(namedPeer(group) ?? `"${formatTarget(group)}"`);
    for (const { peerId, name } of found) if (!targets.has(peerId)) targets.set(peerId, { peerId, name });
  }
  if (unknown.length > 0) throw nobody(unknown);
  if (targets.size > MESSAGE_LIMITS.targets) {
    throw new ShoalError(
      'limit-exceeded',
      `${targets.size} targets are more than the ${MESSAGE_LIMITS.targets} of one distribution`,
      { hint: 'Make several distributions, each to a part of them.' },
    );
  }
  return [...targets.values()];
};

const peersOf = (group: TargetGroup, known: readonly RosterPeer[], seed: string): readonly RosterPeer[] => {
  const word = namedPeer(group);
  if (word !== undefined) return newestOf(known.filter((peer) => selects(group.of, peer)));
  const meant = known.filter((peer) => selects(group.of, peer));
  const ranked = meant
    .map((peer) => ({ peer, rank: rankOf(seed, peer.peerId) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ peer }) => peer);
  const { count, percent } = group;
  if (percent !== undefined) return ranked.slice(0, Math.ceil((percent / 100) * ranked.length - 1e-9));
  return count === undefined ? ranked : ranked.slice(0, count);
};

/** A machine that was set up anew has an old name and a new id. */
const newestOf = (peers: readonly RosterPeer[]): RosterPeer[] => {
  const newest = [...peers].sort((a, b) => b.seenAt - a.seenAt)[0];
  return newest === undefined ? [] : [newest];
};

const rankOf = (seed: string, peerId: PeerId): string =>
  createHash('sha1').update(`${seed} ${peerId}`).digest('hex');

const nobody = (unknown: readonly string[]): ShoalError =>
  new ShoalError('not-found', `the network knows no peer called ${unknown.slice(0, 10).join(', ')}`, {
    hint: 'Look at `shoal peers` for names and labels.',
  });
