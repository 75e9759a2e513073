import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { ephemeralIdentity, verifySignature, type PeerIdentity } from '#engine';
import { eventually } from '#testing';
import { encode, FrameDecoder, Handshake } from '#wire';
import { ENGINE_LIMITS } from '../../../libs/engine/src/engine-limits.js';
import { SmallSwarm, type TestPeer } from './small-swarm.js';

/** `here`: sent below, against a real engine. `seen`: another spec exceeds it. `own`: why nobody outside can. */
type Case =
  { readonly here: true } | { readonly seen: string; readonly test: string } | { readonly own: string };

const session = (test: string): Case => ({ seen: 'libs/engine/src/net/session.spec.ts', test });
const candidates = (test: string): Case => ({ seen: 'libs/swarm/src/candidates.spec.ts', test });

const busy = (test: string): Case => ({ seen: 'test/integration/engine/busy-peer.spec.ts', test });

const CASES: Record<keyof typeof ENGINE_LIMITS, Case> = {
  accepted: { here: true },
  halfOpen: { here: true },
  halfOpenPerHost: { here: true },
  acceptedPerPeer: { here: true },
  downloaders: busy(
    'and that has all takes as many as it has connections for, but for those to refuse the rest by',
  ),
  partialDownloaders: busy('and that has not all itself takes few, and names others to the rest'),
  handshakeMs: session('gives a handshake a deadline'),
  frameMs: session('does not wait for ever for the end of a message'),
  silenceMs: session('pings when it has been quiet, and gives up on who stays silent'),
  pingMs: session('pings when it has been quiet, and gives up on who stays silent'),
  sendQueueBytes: session('closes a peer that asks and does not read'),
  unwrittenBytes: {
    seen: 'libs/engine/src/net/write-budget.spec.ts',
    test: 'stops all reading past its cap and starts it again at half of it',
  },
  manifestMs: { seen: 'libs/engine/src/net/manifest-exchange.spec.ts', test: 'does not wait for ever' },
  partialSources: candidates('dials few incomplete sources, unless they have nothing to give'),
  candidates: candidates('remembers a bounded number, and keeps who is connected'),
  sources: candidates('dials few incomplete sources, unless they have nothing to give'),
  dialMs: { own: 'a wait of our own; who does not answer is not waited for any longer' },
  lingerMs: { own: 'a wait of our own: the socket is destroyed then' },
  sweepMs: { own: 'how often we look' },
  dials: { own: 'we dial; more wait for their turn' },
  neighbours: { own: 'the control plane names them; past the cap the first are taken' },
  pooledBytes: { own: 'buffers that we keep or let go' },
  progressMs: { own: 'how often we tell' },
  heldMs: { own: 'how long we collect' },
  starvedMs: { own: 'how often we ask' },
  getPeersMs: { own: 'how often we ask' },
  manifestAsks: { own: 'how many we ask' },
};

/** Connections to the engine of a test, each from an address of the loopback network. */
class Crowd {
  private readonly sockets: Socket[] = [];

  constructor(private readonly port: number) {}

  /** So many who connect and say nothing. */
  strangers(from: string, count: number): Promise<Socket[]> {
    return Promise.all(inRange(count).map(() => this.connect(from)));
  }

  /** Shakes hands as this peer. Resolves when the engine took it, or with the error that it sent. */
  async friend(identity: PeerIdentity, from = '127.0.0.1'): Promise<ShoalError | 'taken' | 'closed'> {
    const socket = await this.connect(from);
    const decoder = new FrameDecoder('dialer');
    const handshake = new Handshake({
      ...{ role: 'dialer', identity, verify: verifySignature, nonce: randomBytes(32), networkId: 'test' },
      ...{ incarnation: 0, name: 'friend', host: '', port: 0 },
    });
    return new Promise((resolve) => {
      socket.once('close', () => resolve('closed'));
      let shaken = false;
      socket.on('data', (bytes: Buffer) => {
        for (const message of decoder.push(bytes)) {
          if (message.type === 'error') return resolve(new ShoalError(message.code, message.message));
          if (shaken) return resolve('taken');
          const { send, remote } = handshake.receive(message);
          for (const reply of send) socket.write(encode(reply));
          // The answer to a PING says that the engine has taken the AUTH before it.
          if (remote !== undefined) socket.write(encode({ type: 'ping' }));
          shaken = remote !== undefined;
        }
      });
      for (const message of handshake.start()) socket.write(encode(message));
    });
  }

  async leave(): Promise<void> {
    await Promise.all(this.sockets.splice(0).map((socket) => ended(socket)));
  }

  private connect(localAddress: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.port, localAddress, noDelay: true });
      socket.on('error', () => undefined);
      socket.once('error', reject);
      socket.once('connect', () => resolve(socket));
      this.sockets.push(socket);
    });
  }
}

const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once('close', () => resolve());
    socket.destroy();
  });

const inRange = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('caps of the engine', () => {
  let swarm: SmallSwarm;
  let peer: TestPeer;
  let crowd: Crowd;

  beforeAll(async () => {
    swarm = await SmallSwarm.make();
    peer = await swarm.peer('one');
    crowd = new Crowd(peer.ready.port);
  });
  afterAll(async () => {
    await crowd.leave();
    await swarm.close();
  });
  /** Who came before may not be gone yet. */
  const taken = (identity: PeerIdentity): Promise<void> =>
    eventually(async () => expect(await crowd.friend(identity)).toBe('taken'));
  const kept = (sockets: readonly Socket[]): number => sockets.filter(({ destroyed }) => !destroyed).length;

  it('has an entry for every one', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(ENGINE_LIMITS).sort());
  });

  it.each(Object.entries(CASES))('%s is exceeded here, in another spec, or by nobody', (_limit, one) => {
    if ('seen' in one) {
      expect(existsSync(one.seen)).toBe(true);
      expect(readFileSync(one.seen, 'utf8')).toContain(`it('${one.test}'`);
    } else if ('own' in one) expect(one.own).not.toBe('');
    else expect(one.here).toBe(true);
  });

  it('halfOpenPerHost, halfOpen: so many who say nothing, one more is sent away', async () => {
    const { halfOpen, halfOpenPerHost } = ENGINE_LIMITS;
    const first = await crowd.strangers('127.0.0.1', halfOpenPerHost + 1);
    await eventually(() => expect(kept(first)).toBe(halfOpenPerHost));
    const others: Socket[] = [];
    for (let host = 2; host <= halfOpen / halfOpenPerHost; host++) {
      others.push(...(await crowd.strangers(`127.0.0.${host}`, halfOpenPerHost)));
    }
    const [late] = await crowd.strangers('127.0.0.200', 1);
    await eventually(() => expect(late?.destroyed).toBe(true));
    expect(kept([...first, ...others])).toBe(halfOpen);
    await crowd.leave();
    await taken(ephemeralIdentity());
    await crowd.leave();
  });

  it('acceptedPerPeer: so many from one peer, one more is limit-exceeded', async () => {
    const identity = ephemeralIdentity();
    for (let at = 0; at < ENGINE_LIMITS.acceptedPerPeer; at++) await taken(identity);
    expect(await crowd.friend(identity)).toMatchObject({ code: 'limit-exceeded' });
    expect(await crowd.friend(ephemeralIdentity())).toBe('taken');
    await crowd.leave();
  });

  it('accepted: so many in all, one more is sent away', async () => {
    const { accepted, acceptedPerPeer } = ENGINE_LIMITS;
    for (let at = 0; at < accepted / acceptedPerPeer; at++) {
      const identity = ephemeralIdentity();
      // Fewer at once than may be without a handshake.
      for (let group = 0; group < acceptedPerPeer; group += 16) {
        await Promise.all(inRange(16).map(() => taken(identity)));
      }
    }
    expect(await crowd.friend(ephemeralIdentity())).toBe('closed');
    await crowd.leave();
    await taken(ephemeralIdentity());
  }, 30_000);
});
