import { generateKeyPairSync, sign, verify, createPublicKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ShoalError } from '#core';
import { peerIdOf, type Identity } from './auth.js';
import { Handshake, type HandshakeOptions, type RemotePeer } from './handshake.js';
import type { Auth, ControlMessage, Hello, Message, Role } from './messages.js';

/** What DER puts before a raw Ed25519 key (RFC 8410). */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const newIdentity = (): Identity => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(DER_PREFIX.length);
  return { publicKey: new Uint8Array(raw), sign: (text) => sign(null, text, privateKey) };
};
const verifySignature = (key: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean =>
  verify(
    null,
    text,
    createPublicKey({ key: Buffer.concat([DER_PREFIX, key]), format: 'der', type: 'spki' }),
    signature,
  );

const options = (role: Role, changes: Partial<HandshakeOptions> = {}): HandshakeOptions => ({
  role,
  identity: newIdentity(),
  verify: verifySignature,
  nonce: randomBytes(32),
  networkId: 'shoal',
  incarnation: 7,
  name: role === 'dialer' ? 'host1' : 'host2',
  host: '10.0.0.1',
  port: 4000,
  ...changes,
});

interface Outcome {
  readonly dialer?: RemotePeer;
  readonly listener?: RemotePeer;
  readonly said: readonly (readonly [Role, Message])[];
}

/** Passes messages between the two until nobody has anything to say. */
const run = (dialer: Handshake, listener: Handshake): Outcome => {
  const sides = { dialer, listener };
  const other = { dialer: 'listener', listener: 'dialer' } as const;
  const remotes: { dialer?: RemotePeer; listener?: RemotePeer } = {};
  const said: (readonly [Role, ControlMessage])[] = dialer
    .start()
    .map((message) => ['dialer', message] as const);
  for (let turn = 0; turn < said.length; turn++) {
    const [from, message] = said[turn] as (typeof said)[number];
    const step = sides[other[from]].receive(message);
    if (step.remote !== undefined) remotes[other[from]] = step.remote;
    said.push(...step.send.map((answer) => [other[from], answer] as const));
  }
  return { ...remotes, said };
};

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as ShoalError).code;
  }
  return 'none';
};

describe('Handshake', () => {
  it('proves both sides to each other in three flights', () => {
    const [one, two] = [options('dialer'), options('listener', { incarnation: 9, port: 0 })];
    const { dialer, listener, said } = run(new Handshake(one), new Handshake(two));
    expect(said.map(([from, { type }]) => `${from} ${type}`)).toEqual([
      'dialer hello',
      'listener hello',
      'listener auth',
      'dialer auth',
    ]);
    expect(dialer).toEqual({
      peerId: peerIdOf(two.identity.publicKey),
      incarnation: 9,
      name: 'host2',
      host: '10.0.0.1',
      port: 0,
    });
    expect(listener?.peerId).toBe(peerIdOf(one.identity.publicKey));
  });

  it('accepts the peer and the incarnation that were expected', () => {
    const two = options('listener');
    const expected = { peerId: peerIdOf(two.identity.publicKey), incarnation: 7 };
    expect(run(new Handshake(options('dialer', { expected })), new Handshake(two)).dialer?.name).toBe(
      'host2',
    );
  });

  it.each<[string, string, Partial<HandshakeOptions>]>([
    ['another network', 'wrong-network', { networkId: 'other' }],
    [
      'another peer than expected',
      'handshake-failed',
      { expected: { peerId: peerIdOf(new Uint8Array(32)) } },
    ],
    ['another incarnation than expected', 'stale', { expected: { incarnation: 8 } }],
  ])('fails for %s', (_what, code, changes) => {
    const dialer = new Handshake(options('dialer', changes));
    expect(codeOf(() => run(dialer, new Handshake(options('listener'))))).toBe(code);
  });

  it('fails for a peer that is connected to itself', () => {
    const identity = newIdentity();
    const both = ['dialer', 'listener'] as const;
    const [dialer, listener] = both.map((role) => new Handshake(options(role, { identity })));
    expect(codeOf(() => run(dialer as Handshake, listener as Handshake))).toBe('handshake-failed');
  });

  it('fails for a key that signs nothing', () => {
    const thief = { ...newIdentity(), sign: newIdentity().sign };
    const asListener = new Handshake(options('listener', { identity: thief }));
    expect(codeOf(() => run(new Handshake(options('dialer')), asListener))).toBe('handshake-failed');
    const asDialer = new Handshake(options('dialer', { identity: thief }));
    expect(codeOf(() => run(asDialer, new Handshake(options('listener'))))).toBe('handshake-failed');
  });

  it('fails for a signature of an earlier connection', () => {
    const [one, two] = [options('dialer'), options('listener')];
    const { said } = run(new Handshake(one), new Handshake(two));
    const [hello, auth] = said.filter(([from]) => from === 'dialer').map(([, message]) => message);
    const listener = new Handshake({ ...two, nonce: randomBytes(32) });
    listener.receive(hello as Hello);
    expect(codeOf(() => listener.receive(auth as Auth))).toBe('handshake-failed');
  });

  it("fails for a listener's own signature sent back to it", () => {
    const [one, two] = [options('dialer'), options('listener')];
    const dialer = new Handshake(one);
    const listener = new Handshake(two);
    const { send } = listener.receive(dialer.start()[0] as Hello);
    expect(codeOf(() => listener.receive(send[1] as Auth))).toBe('handshake-failed');
  });

  it.each(['hello', 'auth'] as const)('fails for a changed %s field', (what) => {
    const [one, two] = [options('dialer'), options('listener')];
    const [dialer, listener] = [new Handshake(one), new Handshake(two)];
    const [hello, auth] = listener.receive(dialer.start()[0] as Hello).send as [Hello, Auth];
    const changed =
      what === 'hello'
        ? { ...hello, port: 1 }
        : { ...auth, signature: auth.signature.map((byte) => byte ^ 1) };
    expect(
      codeOf(() =>
        [what === 'hello' ? changed : hello, what === 'auth' ? changed : auth].map((m) => dialer.receive(m)),
      ),
    ).toBe('handshake-failed');
  });

  it('hands on the reason of the other side', () => {
    const dialer = new Handshake(options('dialer'));
    const fault = { type: 'error', code: 'wrong-network', message: 'go away' } as const;
    expect(codeOf(() => dialer.receive(fault))).toBe('wrong-network');
  });

  it('takes nothing after it failed or ended', () => {
    const dialer = new Handshake(options('dialer'));
    expect(codeOf(() => dialer.receive({ type: 'ping' }))).toBe('bad-frame');
    expect(codeOf(() => dialer.receive({ type: 'auth', signature: new Uint8Array(64) }))).toBe('bad-frame');
  });
});
