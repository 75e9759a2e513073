import { beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { PeerId } from '#core';
import { inboxQueue, type CommandName, type FactName } from '#contracts';
import type { Outgoing } from '#platform';
import type { PeerRecord, Registries } from '#registry';
import { manifestOf, memoryRegistries, peerIdFor, peerRecord } from '#testing';
import { Accusations } from './accusations.js';
import { Dials, DIALS_AT_ONCE } from './dials.js';
import { Joining } from './joining.js';
import { LeaseSweep } from './lease-sweep.js';
import { Leases } from './leases.js';
import { Listing } from './listing.js';
import type { DialOutcome } from './ports.js';
import { PresenceWatch } from './presence.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const SELF = createHash('sha256').update(Buffer.alloc(32, 7)).digest('hex').slice(0, 40) as PeerId;

describe('connection', () => {
  let now: number;
  let registries: Registries;
  let facts: { name: FactName; body: Record<string, unknown>; id: string | undefined }[];
  let commands: { name: CommandName; to: PeerId }[];
  let inboxes: boolean;
  let answers: Map<PeerId, DialOutcome>;
  let dialled: PeerId[];
  let warnings: string[];
  let later: (() => void)[];
  let delays: number[];
  let shunned: Set<PeerId>;
  let dials: Dials;
  let joining: Joining;
  let presence: PresenceWatch;
  let leases: Leases;

  const join = (more: object = {}) =>
    joining.join({
      peerId: SELF,
      incarnation: 1_000,
      publicKey: KEY,
      name: 'host1',
      address: { host: '10.0.0.1', port: 7_000 },
      labels: {},
      software: '1.0.0',
      protocol: 1,
      networkId: 'shoal',
      ...more,
    });
  const add = async (name: string, more: Partial<PeerRecord> = {}): Promise<PeerRecord> => {
    const peer = peerRecord(name, { leaseAt: now, ...more });
    await registries.peers.join(peer);
    answers.set(peer.peerId, 'same');
    return peer;
  };
  const isHere = async (peer: PeerRecord) => (await registries.peers.find([peer.peerId])).length === 1;
  const isHandedOut = async (peerId: PeerId) =>
    (await registries.peers.sampleLive(50, new Set())).some((one) => one.peerId === peerId);

  beforeEach(() => {
    now = 1_000_000;
    registries = memoryRegistries();
    facts = [];
    commands = [];
    inboxes = true;
    answers = new Map([[SELF, 'same']]);
    dialled = [];
    warnings = [];
    later = [];
    const outgoing: Outgoing = {
      command: async (to, name) => {
        if (inboxes) commands.push({ name, to: to.peerId });
        return inboxes;
      },
      fact: async (name, _subject, body, id) => {
        facts.push({ name, body, id });
      },
    };
    const clock = { now: () => now };
    const log = { info: () => undefined, warn: (_details: object, text: string) => warnings.push(text) };
    dials = new Dials({
      dial: async ({ peerId }) => {
        dialled.push(peerId);
        return answers.get(peerId) ?? 'gone';
      },
    });
    joining = new Joining(
      registries.peers,
      dials,
      outgoing,
      {
        anchor: 'server1',
        networkId: 'shoal',
        protocol: 1,
        clusterName: () => 'rabbit@one',
        leaseSeconds: () => 300,
      },
      { clock, log, identity: registries.identity, isShunned: async (peerId) => shunned.has(peerId) },
    );
    delays = [];
    const timers = {
      after: (ms: number, action: () => void) => (delays.push(ms), later.push(action), () => undefined),
    };
    shunned = new Set();
    const isShunned = async (peerId: PeerId): Promise<boolean> => shunned.has(peerId);
    presence = new PresenceWatch(registries.peers, dials, outgoing, { clock, timers, log, isShunned });
    leases = new Leases(registries.peers, registries.holders, presence, outgoing, clock);
  });

  describe('join', () => {
    it('says who took it and whom to know, never the asker', async () => {
      const other = await add('host2');
      const reply = await join();
      expect(reply).toMatchObject({
        anchor: 'server1',
        clusterName: 'rabbit@one',
        leaseSeconds: 300,
        reachable: true,
      });
      expect(reply.peers.map(({ name }) => name)).toEqual([other.name]);
      expect(facts.map(({ name }) => name)).toEqual(['peer.joined']);
      expect(await isHandedOut(SELF)).toBe(true);
    });

    it('hands out nobody whom it could not dial back', async () => {
      answers.set(SELF, 'gone');
      expect(await join()).toMatchObject({ reachable: false });
      expect(await isHandedOut(SELF)).toBe(false);
    });

    it('tells the same again when it is asked again: the process that had it may have ended before', async () => {
      await join();
      await join();
      expect(facts.map(({ name }) => name)).toEqual(['peer.joined', 'peer.joined']);
      expect(new Set(facts.map(({ id }) => id)).size).toBe(1);
      expect(await joining.leave(SELF, 1_000)).toBe(true);
      expect(await joining.leave(SELF, 1_000, true)).toBe(false);
      expect(facts.filter(({ name }) => name === 'peer.left')).toHaveLength(2);
    });

    it('lets the newest incarnation win', async () => {
      await join();
      await join({ incarnation: 2_000 });
      expect(facts.map(({ name, body }) => `${name} ${String(body['incarnation'])}`)).toEqual([
        'peer.joined 1000',
        'peer.left 1000',
        'peer.joined 2000',
      ]);
      await expect(join()).rejects.toMatchObject({ code: 'stale' });
    });

    it('says so when a key comes from two machines', async () => {
      await join();
      const reply = await join({ incarnation: 2_000, address: { host: '10.0.0.9', port: 7_000 } });
      expect(reply.replaced).toMatchObject({ host: '10.0.0.1' });
      expect(warnings.some((text) => text.includes('key used twice'))).toBe(true);
    });

    it('says so when both are on one machine and the one before still has its inbox', async () => {
      await join();
      expect(
        (await join({ incarnation: 2_000, address: { host: '10.0.0.1', port: 7_001 } })).replaced,
      ).toEqual({ host: '10.0.0.1', port: 7_000 });
      expect(commands).toEqual([{ name: 'command.rejoin', to: SELF }]);
    });

    it('says nothing of a peer that comes back: on another port, or with a new connection only', async () => {
      await join();
      inboxes = false;
      await join({ incarnation: 2_000, address: { host: '10.0.0.1', port: 7_001 } });
      inboxes = true;
      const reply = await join({ incarnation: 3_000, address: { host: '10.0.0.1', port: 7_001 } });
      expect(reply.replaced).toBeUndefined();
      expect(warnings).toEqual([]);
    });

    it.each([
      ['another network', { networkId: 'other' }, 'wrong-network'],
      ['another protocol', { protocol: 2 }, 'wrong-version'],
      ['a key that is not its own', { peerId: peerIdFor('x') }, 'not-allowed'],
    ])('refuses %s', async (_what, more, code) => {
      await expect(join(more)).rejects.toMatchObject({ code });
      expect(dialled).toEqual([]);
    });
  });

  it('leaves: out of the handouts, told once', async () => {
    await join();
    expect(await joining.leave(SELF, 1_000)).toBe(true);
    expect(await joining.leave(SELF, 1_000)).toBe(false);
    expect(await isHandedOut(SELF)).toBe(false);
    expect(facts.filter(({ name }) => name === 'peer.left')).toHaveLength(1);
  });

  describe('a deleted inbox', () => {
    it('takes out a peer that does not answer', async () => {
      const peer = await add('host2');
      answers.set(peer.peerId, 'gone');
      await presence.queueDeleted(inboxQueue(peer.peerId, peer.incarnation));
      expect(await isHere(peer)).toBe(false);
      expect(facts[0]).toMatchObject({ name: 'peer.left', body: { reason: 'crashed' } });
    });

    it('keeps a peer that answers, and looks again until it is back or gone', async () => {
      const peer = await add('host2');
      await presence.queueDeleted(inboxQueue(peer.peerId, peer.incarnation));
      expect(await isHandedOut(peer.peerId)).toBe(true);
      expect(later).toHaveLength(1);
      answers.set(peer.peerId, 'gone');
      later[0]?.();
      while (await isHere(peer)) await new Promise(setImmediate);
    });

    it('of an older incarnation, of nobody or of something else changes nothing', async () => {
      const peer = await add('host2', { incarnation: 2_000 });
      answers.set(peer.peerId, 'gone');
      await presence.queueDeleted(inboxQueue(peer.peerId, 1_000));
      await presence.queueDeleted(inboxQueue(peerIdFor('nobody'), 1_000));
      await presence.queueDeleted('amq.gen-x');
      expect(dialled).toEqual([]);
      expect(await isHere(peer)).toBe(true);
    });

    it('knocks again soon at first, then seldom', async () => {
      const peer = await add('host2');
      await presence.queueDeleted(inboxQueue(peer.peerId, peer.incarnation));
      for (let knock = 0; knock < 7; knock++) {
        later.shift()?.();
        while (later.length === 0) await new Promise(setImmediate);
      }
      expect(delays).toEqual([150, 300, 600, 1_200, 5_000, 15_000, 15_000, 15_000]);
    });

    it('looks again when the peer was still joining, since it may be here by then', async () => {
      const inbox = inboxQueue(peerIdFor('host2'), 1_000);
      await presence.queueDeleted(inbox);
      expect([dialled, delays]).toEqual([[], [3_000]]);
      const peer = await add('host2');
      answers.set(peer.peerId, 'gone');
      later[0]?.();
      while (await isHere(peer)) await new Promise(setImmediate);
      expect(facts[0]).toMatchObject({ name: 'peer.left', body: { reason: 'crashed' } });
    });

    it('of who is here no more is told when it comes again: who had it first may have ended before', async () => {
      const inbox = inboxQueue(peerIdFor('host2'), 1_000);
      await presence.queueDeleted(inbox);
      expect(facts).toEqual([]);
      await presence.queueDeleted(inbox, true);
      expect(facts).toMatchObject([{ name: 'peer.left', body: { incarnation: 1_000, reason: 'crashed' } }]);
    });

    it('does not take out a peer that already answers under a newer incarnation', async () => {
      const peer = await add('host2');
      answers.set(peer.peerId, 'other-incarnation');
      await presence.queueDeleted(inboxQueue(peer.peerId, peer.incarnation));
      expect(await isHere(peer)).toBe(true);
    });
  });

  describe('a report that a peer cannot be reached', () => {
    it('takes it out of handouts when the anchor cannot reach it either, until it answers again', async () => {
      const peer = await add('host2');
      answers.set(peer.peerId, 'gone');
      await presence.reportedUnreachable(peer.peerId, peer.incarnation);
      expect([await isHere(peer), await isHandedOut(peer.peerId)]).toEqual([true, false]);
      answers.set(peer.peerId, 'same');
      const holdingsDigest = await registries.holders.digest(peer.peerId);
      await leases.renew({
        peerId: peer.peerId,
        incarnation: peer.incarnation,
        sequence: 1,
        serving: true,
        holdingsDigest,
      });
      expect(await isHandedOut(peer.peerId)).toBe(true);
    });

    it('means nothing when the anchor reaches it, and is not looked into again for a second', async () => {
      const peer = await add('host2');
      await presence.reportedUnreachable(peer.peerId, peer.incarnation);
      await presence.reportedUnreachable(peer.peerId, peer.incarnation);
      expect(await isHandedOut(peer.peerId)).toBe(true);
      expect(dialled).toHaveLength(1);
      now += 1_000;
      await presence.reportedUnreachable(peer.peerId, peer.incarnation);
      expect(dialled).toHaveLength(2);
    });
  });

  describe('a lease', () => {
    const lease = (peer: PeerRecord, more: object = {}) =>
      leases.renew({
        peerId: peer.peerId,
        incarnation: peer.incarnation,
        sequence: 1,
        serving: true,
        holdingsDigest: '0'.repeat(16),
        ...more,
      });

    it('of an unknown peer asks it to join again', async () => {
      await lease(peerRecord('ghost'));
      expect(commands).toEqual([{ name: 'command.rejoin', to: peerIdFor('ghost') }]);
    });

    it('of an incarnation that a newer one replaced makes it join again, and so hear why it cannot', async () => {
      await add('host2', { incarnation: 2_000 });
      await lease(peerRecord('host2', { incarnation: 1_000 }));
      expect(commands).toEqual([{ name: 'command.rejoin', to: peerIdFor('host2') }]);
    });

    it('that a later one overtook changes nothing', async () => {
      const peer = await add('host2');
      const holdingsDigest = await registries.holders.digest(peer.peerId);
      await lease(peer, { sequence: 2, holdingsDigest });
      await lease(peer, { sequence: 1, serving: false });
      expect(commands).toEqual([]);
      expect(await isHandedOut(peer.peerId)).toBe(true);
    });

    it('with other holdings asks for a report', async () => {
      const peer = await add('host2');
      await lease(peer);
      expect(commands).toEqual([{ name: 'command.report', to: peer.peerId }]);
      commands.length = 0;
      await lease(peer, { holdingsDigest: await registries.holders.digest(peer.peerId) });
      expect(commands).toEqual([]);
    });

    it('says at once that nothing is served', async () => {
      const peer = await add('host2');
      await lease(peer, { serving: false });
      expect(await isHandedOut(peer.peerId)).toBe(false);
      expect(commands).toEqual([]);
    });

    it('that lapsed leads to a knock, not to an eviction', async () => {
      const sweep = new LeaseSweep(registries.peers, presence, () => 300, { now: () => now });
      const alive = await add('host2');
      const dead = await add('host3');
      answers.set(dead.peerId, 'gone');
      now += 3_600_000;
      expect(await sweep.run()).toBe(2);
      expect([await isHere(alive), await isHere(dead)]).toEqual([true, false]);
      expect(await sweep.run()).toBe(0);
    });

    it('is not missed while things settle after a restart', async () => {
      const sweep = new LeaseSweep(registries.peers, presence, () => 10, { now: () => now });
      await add('host2');
      now += 30_000;
      expect(await sweep.run()).toBe(0);
      now += 31_000;
      expect(await sweep.run()).toBe(1);
    });
  });

  it('stops handing out a peer that three others accuse', async () => {
    const accusations = new Accusations(
      registries.peers,
      registries.accusations,
      { now: () => now },
      { info: () => undefined, warn: () => undefined },
    );
    const peer = await add('host2');
    const accuse = (by: string) => accusations.add(peerIdFor(by), peer.peerId, peer.incarnation, 'chunk 3');
    for (const by of ['a', 'a', 'a', 'b']) await accuse(by);
    expect(await isHandedOut(peer.peerId)).toBe(true);
    now += 11 * 60_000;
    await accuse('c');
    expect(await isHandedOut(peer.peerId)).toBe(true);
    await accuse('d');
    await accuse('e');
    expect(await isHandedOut(peer.peerId)).toBe(false);
    expect(await accusations.isShunned(peer.peerId)).toBe(true);
    now += 11 * 60_000;
    expect(await accusations.isShunned(peer.peerId)).toBe(false);
  });

  it('hands out a peer that several accuse neither when it joins again nor when it renews', async () => {
    shunned.add(SELF);
    expect(await join()).toMatchObject({ reachable: true });
    const holdingsDigest = await registries.holders.digest(SELF);
    const renew = () =>
      leases.renew({ peerId: SELF, incarnation: 1_000, sequence: 1, serving: true, holdingsDigest });
    await renew();
    expect(await isHandedOut(SELF)).toBe(false);
    shunned.clear();
    await renew();
    expect(await isHandedOut(SELF)).toBe(true);
  });

  it('dials a peer once for all who ask, and not too many peers at a time', async () => {
    let most = 0;
    let open = 0;
    const releases: (() => void)[] = [];
    const counted = new Dials({
      dial: async () => {
        most = Math.max(most, ++open);
        await new Promise<void>((resolve) => releases.push(resolve));
        open--;
        return 'same';
      },
    });
    const peers = Array.from({ length: 100 }, (_, index) => peerRecord(`p${index}`));
    const all = Promise.all([...peers, ...peers].map((peer) => counted.dial(peer)));
    let done = false;
    void all.then(() => (done = true));
    while (!done) {
      releases.shift()?.();
      await new Promise(setImmediate);
    }
    expect(await all).toHaveLength(200);
    expect(most).toBe(DIALS_AT_ONCE);
  });

  it('lists everybody in pages', async () => {
    const listing = new Listing(registries.peers, registries.holders);
    const peers = [await add('host1'), await add('host2'), await add('host3')];
    const manifest = manifestOf('la');
    const [first] = peers as [PeerRecord];
    await registries.holders.acknowledge(
      { peerId: first.peerId, incarnation: first.incarnation, sequence: 1 },
      [{ fileId: manifest.fileId, chunkCount: 1, ranges: [[0, 1]] }],
    );
    const page = await listing.page(undefined, 2);
    const rest = await listing.page(page.next, 2);
    const rows = [...page.peers, ...rest.peers];
    expect(rows.map(({ name }) => name).sort()).toEqual(['host1', 'host2', 'host3']);
    expect(rest.next).toBeUndefined();
    expect(page.total).toBe(3);
    expect(rows.find(({ name }) => name === 'host1')?.files).toBe(1);
  });
});
