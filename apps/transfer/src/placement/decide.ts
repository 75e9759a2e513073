import { Bitfield, countOf, formatSize, ShoalError, type ChunkRange, type PeerId } from '#core';
import type { PeerRecord, PlacedRow, Placement, PlacementFacts } from '#registry';
import { missingCopies } from './missing.js';
import type { Plan, PlacementPeer } from './plan-types.js';
import { planCopies } from './plan.js';

/** What the anchors know when they look at a placement. */
export interface Seen {
  /** Everybody who is here. */
  readonly peers: ReadonlyMap<PeerId, PeerRecord>;
  /** Live peers that offer storage and hold some of the file, without those that do not count. */
  readonly holders: ReadonlyMap<PeerId, Bitfield>;
}

export interface Decision {
  /** Undefined: nothing is new. */
  readonly changes: Partial<Pick<Placement, 'rows' | 'state' | 'finishedAt' | 'error'>> | undefined;
  /** All peers say that they are done, and the anchors do not know of it yet. */
  readonly behind: boolean;
}

/** A peer that has not moved for so long is given up, milliseconds. */
export const STALL_MS = 60_000;
/** What a peer says that it has is known to the anchors after so long, or it has it no more, milliseconds. */
export const KNOWN_MS = 10_000;

/** What comes next: more orders, the end, or nothing. */
export const decide = (placement: Placement, seen: Seen, now: number): Decision => {
  const rows = placement.rows.map((row) => judged(row, seen, now));
  const changed = rows.some((row, at) => row !== placement.rows[at]);
  const standing = standingOf(placement.facts, rows, seen);
  if (isReached(placement.facts, standing)) {
    return { changes: { rows, state: 'completed', finishedAt: now }, behind: false };
  }
  const plan = planAll(placement.facts, standing);
  if (plan instanceof ShoalError) {
    return { changes: { rows, state: 'failed', finishedAt: now, error: plan.toJSON() }, behind: false };
  }
  if (plan.size === 0) {
    const behind = rows.every(({ state }) => state === 'done' || state === 'failed');
    return { changes: changed ? { rows } : undefined, behind };
  }
  const ordered = withOrders(placement, rows, plan, seen, now);
  return { changes: { rows: ordered }, behind: false };
};

interface Standing {
  readonly peer: PeerRecord;
  readonly isStorage: boolean;
  /** What the anchors know that it has, and what it has or is about to have. */
  readonly known: Bitfield;
  readonly has: Bitfield;
  /** It has said no to this placement, or did not move. */
  readonly refused: boolean;
}

/** A row whose peer is gone, stands still, or has lost what it had, is settled: the next plan does without it. */
const judged = (row: PlacedRow, { peers, holders }: Seen, now: number): PlacedRow => {
  if (row.state === 'failed') return row;
  const fail = (error: ShoalError): PlacedRow => ({
    ...row,
    state: 'failed',
    error: error.toJSON(),
    updatedAt: now,
  });
  if (!peers.has(row.peerId)) return fail(new ShoalError('peer-offline', `${row.name} has left the network`));
  const quiet = now - row.updatedAt;
  if (row.state !== 'done') {
    return quiet > STALL_MS ? fail(new ShoalError('timeout', `${row.name} has not moved for a minute`)) : row;
  }
  const held = holders.get(row.peerId);
  if (quiet <= KNOWN_MS || (held !== undefined && row.ranges.every((range) => hasAll(held, range))))
    return row;
  return fail(new ShoalError('not-found', `${row.name} does not have its chunks any more`));
};

const standingOf = (facts: PlacementFacts, rows: readonly PlacedRow[], seen: Seen): Standing[] => {
  const byPeer = new Map(rows.map((row) => [row.peerId, row]));
  const counted = [...seen.peers.values()].filter(
    ({ peerId, storage, reachable, serving }) =>
      storage !== undefined && reachable && serving && !facts.exclude.includes(peerId),
  );
  const nothing = new Bitfield(facts.chunkCount);
  return counted.map((peer) => {
    const row = byPeer.get(peer.peerId);
    const known = seen.holders.get(peer.peerId) ?? nothing;
    const has = row === undefined || row.state === 'failed' ? known : withRanges(known, rangesIn(row));
    const refused = row?.state === 'failed' && row.error?.code !== 'peer-offline';
    const isStorage = facts.storage && peer.labels['anchor'] !== undefined;
    return { peer, isStorage, known, has, refused };
  });
};

/** Every copy is known to the anchors. */
const isReached = (facts: PlacementFacts, standing: readonly Standing[]): boolean => {
  const storage = standing.filter(({ isStorage }) => isStorage);
  const kept = storage.filter(({ known }) => known.isFull).length;
  const waits = storage.some(({ known, refused }) => !known.isFull && !refused);
  if (facts.storage && (kept === 0 || waits)) return false;
  const spread = standing.filter(({ isStorage }) => !isStorage);
  const peers = spread.map((one) => planned(one, 0, one.known));
  return missingCopies({ chunkCount: facts.chunkCount, copies: facts.copies, peers }) === 0;
};

/** What to order, or why it cannot be done. */
const planAll = (
  facts: PlacementFacts,
  standing: readonly Standing[],
): ReadonlyMap<PeerId, readonly ChunkRange[]> | ShoalError => {
  const storage = storageOrders(facts, standing);
  if (storage instanceof ShoalError) return storage;
  const spread = standing.filter(({ isStorage }) => !isStorage);
  let plan: Plan | undefined;
  for (const room of [freeRoom, reclaimableRoom]) {
    const peers = spread.map((one) => planned(one, one.refused ? 0 : room(one, facts.chunkSize), one.has));
    plan = planCopies({ chunkCount: facts.chunkCount, copies: facts.copies, peers });
    if (plan.kind === 'plan') return new Map([...storage, ...plan.additions]);
  }
  return tooLittle(facts, spread, plan as Extract<Plan, { kind: 'short' }>);
};

/** The whole file on every storage peer that takes it. */
const storageOrders = (
  facts: PlacementFacts,
  standing: readonly Standing[],
): Map<PeerId, ChunkRange[]> | ShoalError => {
  if (!facts.storage) return new Map();
  const storage = standing.filter(({ isStorage }) => isStorage);
  const willing = storage.filter(({ refused, has }) => !refused || has.isFull);
  if (willing.length === 0) {
    return new ShoalError(
      'peer-offline',
      storage.length === 0
        ? 'no storage peer is here'
        : `none of ${storage.length} storage peers could take ${facts.name}`,
      { hint: 'Start a peer with --label anchor=server1 and a --storage-max beside each anchor.' },
    );
  }
  const orders = willing.map(({ peer, has }): [PeerId, ChunkRange[]] => {
    const missing = Bitfield.full(facts.chunkCount);
    for (const chunk of has) missing.clear(chunk);
    return [peer.peerId, missing.toRanges()];
  });
  return new Map(orders.filter(([, ranges]) => ranges.length > 0));
};

const planned = ({ peer }: Standing, room: number, has: Bitfield): PlacementPeer => ({
  ...{ peerId: peer.peerId, labels: peer.labels, room, has },
});

/** Chunks on their way may not be in what the peer last said of its room. */
const freeRoom = ({ peer, known, has }: Standing, chunkSize: number): number =>
  Math.max(0, Math.floor((peer.storage?.free ?? 0) / chunkSize) - (has.count - known.count));

/** What was placed earlier and is used least gives way. */
const reclaimableRoom = ({ peer, has }: Standing, chunkSize: number): number =>
  Math.max(0, Math.floor((peer.storage?.max ?? 0) / chunkSize) - has.count);

const tooLittle = (
  { copies, chunkSize, name }: PlacementFacts,
  spread: readonly Standing[],
  { chunks }: Extract<Plan, { kind: 'short' }>,
): ShoalError => {
  const hint = 'Start more peers, raise their --storage-max, or ask for fewer copies.';
  if (spread.length < copies) {
    const there = `of other peers that keep files for the network there are ${spread.length}`;
    return new ShoalError('peer-offline', `${copies} copies of ${name} want ${copies} peers; ${there}`, {
      hint,
    });
  }
  const offered = spread.reduce(
    (sum, { peer, refused }) => sum + (refused ? 0 : (peer.storage?.free ?? 0)),
    0,
  );
  return new ShoalError(
    'disk-full',
    `${copies} copies of ${name} do not fit: ${spread.length} peers offer ${formatSize(offered)}, ` +
      `about ${formatSize(chunks * chunkSize)} are missing`,
    { hint },
  );
};

/** A peer that gets more than it was told before is told all of it again. */
const withOrders = (
  { facts, revision }: Placement,
  rows: readonly PlacedRow[],
  orders: ReadonlyMap<PeerId, readonly ChunkRange[]>,
  { peers }: Seen,
  now: number,
): PlacedRow[] => {
  const kept = rows.filter(({ peerId }) => !orders.has(peerId));
  const fresh = [...orders].map(([peerId, ranges]): PlacedRow => {
    const chunks = Bitfield.fromRanges(facts.chunkCount, ranges);
    const before = rows.find((row) => row.peerId === peerId && row.state !== 'failed');
    for (const range of before === undefined ? [] : rangesIn(before)) chunks.setRange(range);
    const all = chunks.toRanges();
    return {
      ...{ peerId, name: peers.get(peerId)?.name ?? peerId, state: 'waiting', epoch: revision + 1 },
      ranges: all.map(({ start, end }) => [start, end]),
      ...{ bytes: 0, size: bytesOf(facts, all), updatedAt: now },
    };
  });
  return [...kept, ...fresh];
};

const bytesOf = ({ chunkSize, chunkCount, size }: PlacementFacts, ranges: readonly ChunkRange[]): number => {
  const whole = countOf(ranges) * chunkSize;
  return ranges.some(({ end }) => end === chunkCount) ? whole - (chunkCount * chunkSize - size) : whole;
};

const rangesIn = ({ ranges }: PlacedRow): ChunkRange[] => ranges.map(([start, end]) => ({ start, end }));

const withRanges = (chunks: Bitfield, ranges: readonly ChunkRange[]): Bitfield => {
  const more = chunks.clone();
  for (const range of ranges) more.setRange(range);
  return more;
};

const hasAll = (held: Bitfield, [start, end]: readonly [number, number]): boolean => {
  for (let chunk = start; chunk < end; chunk++) if (!held.has(chunk)) return false;
  return true;
};
