import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bitfield, type FileId } from '#core';
import type { ManifestJson } from '#chunking';
import { ephemeralIdentity, verifySignature, type PeerIdentity } from '#engine';
import { eventually } from '#testing';
import { encode, FrameDecoder, Handshake, type Message } from '#wire';
import { ENGINE_LIMITS } from '../../../libs/engine/src/engine-limits.js';
import { randomContent, SmallSwarm, type TestPeer } from './small-swarm.js';

const CHUNK = 65_536;
const CHUNKS = 4;

/** What an engine answers to OPEN: the messages up to OPENED or CLOSE_FILE. */
const answerTo = (
  { port, fileId, identity }: { port: number; fileId: FileId; identity: PeerIdentity },
  sockets: Socket[],
): Promise<Message[]> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    sockets.push(socket);
    const decoder = new FrameDecoder('dialer');
    const handshake = new Handshake({
      ...{ role: 'dialer', identity, verify: verifySignature, nonce: randomBytes(32), networkId: 'test' },
      ...{ incarnation: 0, name: 'downloader', host: '127.0.0.1', port: 4_000 },
    });
    const heard: Message[] = [];
    let shaken = false;
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed before an answer')));
    socket.on('data', (bytes: Buffer) => {
      for (const message of decoder.push(bytes)) {
        if (shaken) {
          heard.push(message);
          if (message.type === 'opened' || message.type === 'close-file') resolve(heard);
          continue;
        }
        const { send, remote } = handshake.receive(message);
        for (const reply of send) socket.write(encode(reply));
        shaken = remote !== undefined;
        const field = new Bitfield(CHUNKS);
        if (shaken) socket.write(encode({ type: 'open', fileId, downloads: false, priority: 0, field }));
      }
    });
    for (const message of handshake.start()) socket.write(encode(message));
  });

describe('a peer whom too many ask', () => {
  let swarm: SmallSwarm;
  let seeder: TestPeer;
  let manifest: ManifestJson;
  let fileId: FileId;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    swarm = await SmallSwarm.make();
    seeder = await swarm.peer('seeder');
    manifest = await seeder.publish('song', randomContent(CHUNKS * CHUNK), CHUNK);
    ({ fileId } = (await seeder.engine.holdings())[0] as { fileId: FileId });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await swarm.close();
  });

  /** So many open the file, each peer as often as it may; all are taken. */
  const fill = async (port: number, count: number): Promise<PeerIdentity[]> => {
    const identities = Array.from({ length: Math.ceil(count / 16) }, () => ephemeralIdentity());
    for (const identity of identities) {
      const group = Array.from({ length: Math.min(16, count) }, () =>
        answerTo({ port, fileId, identity }, sockets),
      );
      count -= group.length;
      for (const [first] of await Promise.all(group)) expect(first?.type).toBe('opened');
    }
    return identities;
  };

  it('and that has not all itself takes few, and names others to the rest', async () => {
    const half = await swarm.peer('half');
    await half.engine.download(half.order(manifest, [seeder], { only: [{ start: 0, end: 2 }] }));
    const { port } = half.ready;
    const taken = await fill(port, ENGINE_LIMITS.partialDownloaders);
    const late = ephemeralIdentity();
    const [names, refusal] = await answerTo({ port, fileId, identity: late }, sockets);
    expect(refusal).toEqual({ type: 'close-file', fileId, reason: 'busy' });
    const named = names?.type === 'peers' ? names.peers.map(({ peerId }) => peerId) : [];
    expect(named).toEqual(expect.arrayContaining(taken.map(({ peerId }) => peerId)));
    expect(named).not.toContain(late.peerId);
    sockets[0]?.destroy();
    await eventually(async () => {
      const [answer] = await answerTo({ port, fileId, identity: late }, sockets);
      expect(answer?.type).toBe('opened');
    });
  });

  it('and that has all takes as many as it has connections for, but for those to refuse the rest by', async () => {
    const { port } = seeder.ready;
    await fill(port, ENGINE_LIMITS.downloaders);
    const identity = ephemeralIdentity();
    const [names, refusal] = await answerTo({ port, fileId, identity }, sockets);
    expect([names?.type, refusal]).toEqual(['peers', { type: 'close-file', fileId, reason: 'busy' }]);
  }, 60_000);

  it('is no source for now, and nobody complains', async () => {
    const half = await swarm.peer('half');
    await half.engine.download(half.order(manifest, [seeder], { only: [{ start: 0, end: 2 }] }));
    await fill(half.ready.port, ENGINE_LIMITS.partialDownloaders);
    const leecher = await swarm.peer('leecher');
    const { from } = await leecher.engine.download(leecher.order(manifest, [half, seeder]));
    expect(from.map(({ name }) => name)).toEqual(['seeder']);
    expect(leecher.heard('source-lost').filter(({ name }) => name === 'half')).toEqual([]);
  });
});
