import type { Clock, Incarnation, PeerId, Random } from '#core';
import type { InventorySweeper } from './inventory-sweeper.js';
import { redisKey } from './keys.js';
import { peerFromFields, peersIn, peerToFields, storageToField } from './peer-fields.js';
import type { JoinOutcome, LeaseFacts, PeerRecord, PeerRegistry, RosterPeer } from './peer-registry.js';
import { list, numberIn, text, type ScriptRunner } from './script.js';
import { JOIN, LEAVE, RENEW, SET_REACHABLE } from './scripts/peer-changes.lua.js';
import {
  FIND_PEERS,
  FIND_PEERS_BY_NAME,
  FORGET_PEERS,
  LAPSED_PEERS,
  LIST_PEERS,
  SAMPLE_LIVE,
} from './scripts/peer-reads.lua.js';

/** After a peer left, a join of an older incarnation that was under way is refused for so long, milliseconds. */
const LEFT_REMEMBERED = 60 * 60_000;
/** A peer that is away stays on the roster for so long, milliseconds. */
const ROSTER_MS = 30 * 24 * 60 * 60_000;

/** Peers in Redis: a hash each, indexes for pages, leases and names, and the set of live inventories. */
export class RedisPeerRegistry implements PeerRegistry {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly sweeper: InventorySweeper,
    private readonly random: Random,
    private readonly clock: Clock,
  ) {}

  async join(peer: PeerRecord): Promise<JoinOutcome> {
    const [kind, detail] = list(await this.scripts.run(JOIN, peer.peerId, ...peerToFields(peer)));
    switch (text(kind)) {
      case 'replaced':
        this.sweeper.kick();
        return { kind: 'replaced', before: peerFromFields(peer.peerId, list(detail)) };
      case 'stale':
        return { kind: 'stale', newest: numberIn(detail) };
      case 'repeated':
        return { kind: 'repeated' };
      default:
        return { kind: 'joined' };
    }
  }

  async leave(peerId: PeerId, incarnation: Incarnation): Promise<boolean> {
    const left = (await this.scripts.run(LEAVE, peerId, incarnation, LEFT_REMEMBERED)) === 1;
    if (left) this.sweeper.kick();
    return left;
  }

  async renew(
    peerId: PeerId,
    incarnation: Incarnation,
    now: number,
    lease?: LeaseFacts,
  ): Promise<'renewed' | 'unknown' | 'stale' | 'overtaken'> {
    const facts =
      lease === undefined ? [] : [lease.sequence, lease.serving ? 1 : 0, storageToField(lease.storage)];
    const reply = await this.scripts.run(RENEW, peerId, incarnation, now, ...facts);
    return text(reply) as 'renewed' | 'unknown' | 'stale' | 'overtaken';
  }

  async setReachable(peerId: PeerId, incarnation: Incarnation, reachable: boolean): Promise<boolean> {
    return (await this.scripts.run(SET_REACHABLE, peerId, incarnation, reachable ? 1 : 0)) === 1;
  }

  async find(peerIds: readonly PeerId[]): Promise<PeerRecord[]> {
    return peersIn(await this.scripts.run(FIND_PEERS, ...peerIds));
  }

  async findByName(names: readonly string[]): Promise<PeerRecord[]> {
    return peersIn(await this.scripts.run(FIND_PEERS_BY_NAME, ...names));
  }

  async sampleLive(count: number, exclude: ReadonlySet<PeerId>): Promise<PeerRecord[]> {
    if (count <= 0) return [];
    return peersIn(await this.scripts.run(SAMPLE_LIVE, count, this.random() * 2 ** 31, ...exclude));
  }

  async list(after: PeerId | undefined, limit: number): Promise<PeerRecord[]> {
    return peersIn(await this.scripts.run(LIST_PEERS, after === undefined ? '-' : `(${after}`, limit));
  }

  async count(): Promise<number> {
    return this.scripts.connection.call((client) => client.zcard(redisKey(this.scripts.prefix, 'peers')));
  }

  async roster(): Promise<RosterPeer[]> {
    const entries = await this.scripts.connection.call((client) =>
      client.hgetall(redisKey(this.scripts.prefix, 'roster')),
    );
    const oldest = this.clock.now() - ROSTER_MS;
    const old = Object.keys(entries).filter(
      (peerId) => Number.parseInt(entries[peerId] as string, 10) < oldest,
    );
    if (old.length > 0) {
      await this.scripts.run(FORGET_PEERS, oldest, ...old);
      const here = new Set((await this.find(old as PeerId[])).map(({ peerId }) => peerId as string));
      for (const peerId of old) if (!here.has(peerId)) delete entries[peerId];
    }
    return Object.entries(entries)
      .map(([peerId, entry]) => rosterPeer(peerId as PeerId, entry))
      .sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
  }

  async lapsed(moment: number, limit: number): Promise<PeerRecord[]> {
    return peersIn(await this.scripts.run(LAPSED_PEERS, moment, limit));
  }
}

/** From `seen at|name|labels as JSON`. */
const rosterPeer = (peerId: PeerId, entry: string): RosterPeer => {
  const [seenAt, name, ...labels] = entry.split('|');
  return {
    ...{ peerId, name: name as string, seenAt: Number(seenAt) },
    labels: JSON.parse(labels.join('|')) as Record<string, string>,
  };
};
