import { Bitfield } from '#core';
import { chunkedBound, fluidBound, type BoundFacts } from './bounds.js';
import type { Peer } from './peer.js';
import type { World } from './world.js';

/** What came out of a run. Times in milliseconds; ratios are of the time since a peer joined. */
export interface Report {
  readonly fluidBound: number;
  readonly chunkedBound: number;
  /** Healthy peers (neither slow, nor lying, nor doomed) over the fluid bound of the healthy ones. */
  readonly slowest: number;
  readonly median: number;
  readonly first: number;
  readonly slowestOverChunked: number;
  /** Peers with links slower than most, over what their own links allow; undefined when there are none. */
  readonly slowestOfSlow: number | undefined;
  /** Peers that stay and are not complete within the limit. */
  readonly unfinished: number;
  readonly seederBytes: readonly number[];
  readonly seederShare: number;
  /** Wasted bytes over the bytes that all peers needed. */
  readonly waste: number;
  /** Messages that a peer sent, mean and most; chunk data not counted. */
  readonly messagesPerPeer: number;
  readonly messagesMost: number;
  readonly seederMessages: number;
  /** Bytes over the links between racks, over the size of the file. */
  readonly farShare: number;
  readonly anchorAsked: number;
  readonly anchorPerSecond: number;
  readonly endedAt: number;
  readonly events: number;
}

export const reportOf = (world: World): Report => {
  const size = sizeOf(world);
  const healthy = world.peers.filter((peer) => isHealthy(world, peer));
  const facts = factsOf(world, healthy);
  const [fluid, chunked] = [fluidBound(facts), chunkedBound(facts)];
  const times = healthy.map((peer) => timeOf(world, peer)).sort((a, b) => a - b);
  const slow = world.peers.filter((peer) => world.stays(peer) && isSlow(world, peer));
  const messages = world.peers.map(({ counts }) => counts.messages);
  const seederBytes = world.seeders.map(({ uplink }) => uplink.sentBytes);
  const { asked, acknowledged } = world.anchor.counts;
  const endedAt = Math.max(1, ...[...world.ends.values()].slice(-1));
  return {
    fluidBound: fluid,
    chunkedBound: chunked,
    slowest: (times[times.length - 1] ?? NaN) / fluid,
    median: (times[times.length >> 1] ?? NaN) / fluid,
    first: (times[0] ?? NaN) / fluid,
    slowestOverChunked: (times[times.length - 1] ?? NaN) / chunked,
    slowestOfSlow:
      slow.length === 0 ? undefined : maxOf(slow.map((peer) => timeOf(world, peer) / ownBound(world, peer))),
    unfinished: world.peers.filter((peer) => world.stays(peer) && !world.ends.has(peer)).length,
    seederBytes,
    seederShare: sumOf(seederBytes) / size,
    waste:
      sumOf(world.peers.map(({ swarm }) => swarm.tally.wastedBytes)) /
      (size * Math.max(1, world.peers.length)),
    messagesPerPeer: sumOf(messages) / Math.max(1, messages.length),
    messagesMost: maxOf(messages),
    seederMessages: maxOf(world.seeders.map(({ counts }) => counts.messages)),
    farShare: sumOf(world.routes.farBytes) / size,
    anchorAsked: asked,
    anchorPerSecond: (asked + acknowledged) / (endedAt / 1_000),
    endedAt,
    events: world.time.events,
  };
};

const sizeOf = ({ plan }: World): number => {
  const { chunkCount, chunkBytes, lastChunkBytes = chunkBytes } = plan;
  return (chunkCount - 1) * chunkBytes + lastChunkBytes;
};

const isSlow = (world: World, peer: Peer): boolean => {
  const { up = world.plan.rate, down = world.plan.rate } = world.planOf(peer);
  return Math.min(up, down) < world.plan.rate / 2;
};

const isHealthy = (world: World, peer: Peer): boolean => {
  const { lies = 0, freezesAt } = world.planOf(peer);
  return world.stays(peer) && lies === 0 && freezesAt === undefined && !isSlow(world, peer);
};

const timeOf = (world: World, peer: Peer): number =>
  (world.ends.get(peer) ?? Infinity) - (world.planOf(peer).joinsAt ?? 0);

/** What its own links allow, if all others were quick. */
const ownBound = (world: World, peer: Peer): number => {
  const { down = world.plan.rate } = world.planOf(peer);
  return sizeOf(world) / down;
};

const factsOf = (world: World, peers: readonly Peer[]): BoundFacts => {
  const { rate, chunkBytes, chunkCount } = world.plan;
  const size = sizeOf(world);
  const known = new Bitfield(chunkCount);
  let most = 0;
  for (const peer of world.peers) {
    const { have, wanted } = world.planOf(peer);
    const needs = wanted?.count ?? chunkCount;
    most = Math.max(most, needs - (have?.count ?? 0));
    for (const range of have?.toRanges() ?? []) known.setRange(range);
  }
  return {
    bytes: (size * most) / chunkCount,
    seededBytes: (size * Math.min(most, chunkCount - known.count)) / chunkCount,
    chunkBytes,
    seederRates: world.plan.seeders.map(({ up = rate }) => up),
    up: peers.map((peer) => world.planOf(peer).up ?? rate),
    down: peers.map((peer) => world.planOf(peer).down ?? rate),
  };
};

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const maxOf = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), -Infinity);
