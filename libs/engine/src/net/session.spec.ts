import { duplexPair, type Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ShoalError } from '#core';
import type { Message, Role } from '#wire';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { ephemeralIdentity } from './identity.js';
import { handshakeOptions, SessionTable } from './session-table.js';
import { Session, type SessionOwner } from './session.js';

/** One end of a conversation, with all that it heard. */
class End implements SessionOwner {
  readonly messages: Message[] = [];
  readonly session: Session;
  readonly chunk = Buffer.alloc(200_000);
  isReady = false;
  reason: ShoalError | undefined;
  refuse: ShoalError | undefined;

  constructor(
    role: Role,
    readonly socket: Duplex,
    now: () => number,
    networkId = 'test',
  ) {
    const introduction = {
      identity: ephemeralIdentity(),
      networkId,
      name: role,
      host: '127.0.0.1',
      port: 1,
      incarnation: 3,
    };
    this.session = new Session({
      handshake: handshakeOptions(role, introduction, undefined),
      owner: this,
      now,
    });
  }

  start(connectMs?: number): void {
    this.session.start(this.socket, connectMs);
    this.socket.on('data', (bytes: Buffer) => this.session.received(bytes));
  }

  ready(): void {
    this.isReady = true;
  }

  message(_session: Session, message: Message): void {
    if (this.refuse !== undefined) throw this.refuse;
    this.messages.push(message);
  }

  closed(_session: Session, reason: ShoalError): void {
    expect(this.reason).toBeUndefined();
    this.reason = reason;
  }

  reserve(_session: Session, _chunk: number, offset: number, length: number): Uint8Array {
    return this.chunk.subarray(offset, offset + length);
  }
}

describe('Session', () => {
  let now: number;
  let dialer: End;
  let listener: End;

  const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

  const connect = async (networkId?: string): Promise<void> => {
    const [near, far] = duplexPair();
    dialer = new End('dialer', near, () => now, networkId);
    listener = new End('listener', far, () => now);
    listener.start();
    dialer.start();
    for (let turn = 0; turn < 10; turn++) await settle();
  };

  beforeEach(() => {
    now = 1_000;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
  });

  afterEach(() => {
    dialer.session.close();
    listener.session.close();
    jest.useRealTimers();
  });

  it('shakes hands, then carries messages and bytes both sides agree on', async () => {
    await connect();
    expect([dialer.isReady, listener.isReady]).toEqual([true, true]);
    expect(dialer.session.remote).toMatchObject({ name: 'listener', incarnation: 3, port: 1 });
    dialer.session.send({ type: 'request', chunks: [1, 2] }, { type: 'cancel', chunks: [2] });
    const bytes = Buffer.from('shoal'.repeat(20_000));
    await listener.session.sendData(1, 0, bytes, 16_384);
    await settle();
    expect(listener.messages).toEqual([
      { type: 'request', chunks: [1, 2] },
      { type: 'cancel', chunks: [2] },
    ]);
    expect(dialer.messages).toEqual([{ type: 'data', chunk: 1, offset: 0, length: 100_000 }]);
    expect(dialer.chunk.subarray(0, 100_000).equals(bytes)).toBe(true);
  });

  it.each([
    { connectMs: 12, helloMs: 30, least: 12 },
    { connectMs: 50, helloMs: 30, least: 30 },
    { connectMs: undefined, helloMs: 30, least: 30 },
  ])('takes $least ms for the round trip: connecting $connectMs, HELLO $helloMs', async (times) => {
    const [near, far] = duplexPair();
    dialer = new End('dialer', near, () => now);
    listener = new End('listener', far, () => now);
    dialer.start(times.connectMs);
    await settle();
    now += times.helloMs;
    listener.start();
    for (let turn = 0; turn < 10; turn++) await settle();
    expect(dialer.isReady).toBe(true);
    expect(dialer.session.roundTripMs).toBe(times.least);
  });

  it('keeps the order of messages and bytes', async () => {
    await connect();
    listener.session.send({ type: 'none' });
    void listener.session.sendData(1, 0, Buffer.alloc(50_000), 16_384);
    listener.session.send({ type: 'refuse', chunk: 2, reason: 'busy' });
    await settle();
    await settle();
    expect(dialer.messages.map(({ type }) => type)).toEqual(['none', 'data', 'refuse']);
  });

  it('sends what is decided in the rest of a turn in one write with what it held back', async () => {
    await connect();
    const writes = jest.spyOn(dialer.socket, 'write');
    dialer.session.sendThisTurn({ type: 'have', ranges: [{ start: 3, end: 4 }] });
    await Promise.resolve();
    expect(writes).not.toHaveBeenCalled();
    dialer.session.send({ type: 'request', chunks: [7] });
    await settle();
    await settle();
    expect(writes).toHaveBeenCalledTimes(1);
    dialer.session.sendThisTurn({ type: 'have', ranges: [{ start: 4, end: 5 }] });
    await settle();
    await settle();
    expect(listener.messages.map(({ type }) => type)).toEqual(['have', 'request', 'have']);
  });

  it('tells the other side why it is not welcome', async () => {
    await connect('elsewhere');
    expect(listener.reason).toMatchObject({ code: 'wrong-network' });
    expect(dialer.reason).toMatchObject({ code: 'wrong-network' });
    expect([dialer.isReady, listener.isReady]).toEqual([false, false]);
  });

  it.each([
    ['EPIPE', 'the connection broke'],
    ['ECONNRESET', 'the connection broke'],
    ['ETIMEDOUT', 'read ETIMEDOUT'],
  ])('says %s as a person would: %s', async (code, message) => {
    await connect();
    dialer.socket.destroy(Object.assign(new Error(`read ${code}`), { code }));
    await settle();
    expect(dialer.reason).toMatchObject({ code: 'peer-unreachable', message });
  });

  it('closes with the reason that its owner throws', async () => {
    await connect();
    listener.refuse = new ShoalError('limit-exceeded', 'enough');
    dialer.session.send({ type: 'request', chunks: [1] });
    await settle();
    await settle();
    expect(listener.reason).toMatchObject({ code: 'limit-exceeded', message: 'enough' });
    expect(dialer.reason).toMatchObject({ code: 'limit-exceeded' });
  });

  it('ends with bad-frame on noise, and the other side learns it', async () => {
    await connect();
    dialer.socket.write(Buffer.from([0, 0, 0, 1, 0x77]));
    await settle();
    await settle();
    expect(listener.reason).toMatchObject({ code: 'bad-frame' });
    expect(dialer.reason).toMatchObject({ code: 'bad-frame' });
  });

  it('gives a handshake a deadline', async () => {
    const [near, far] = duplexPair();
    dialer = new End('dialer', near, () => now);
    listener = new End('listener', far, () => now);
    listener.start();
    await jest.advanceTimersByTimeAsync(ENGINE_LIMITS.handshakeMs - 1);
    expect(listener.reason).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    expect(listener.reason).toMatchObject({ code: 'timeout' });
  });

  it('closes a peer that asks and does not read', async () => {
    await connect();
    dialer.session.hold('test');
    const fragment = { type: 'manifest', fileId: 'ab'.repeat(32), total: 4_000_000, offset: 0 } as const;
    const bytes = Buffer.alloc(128 * 1_024);
    for (let sent = 0; sent < 80 && listener.reason === undefined; sent++) {
      listener.session.send({ ...fragment, fileId: fragment.fileId as never, bytes });
    }
    expect(listener.reason).toMatchObject({ code: 'limit-exceeded' });
  });

  it('reads nothing while it is held, for as long as there is a reason', async () => {
    await connect();
    dialer.session.hold('disk');
    dialer.session.hold('rate');
    listener.session.send({ type: 'none' });
    dialer.session.release('disk');
    await settle();
    expect(dialer.messages).toEqual([]);
    dialer.session.release('rate');
    await settle();
    await settle();
    expect(dialer.messages).toEqual([{ type: 'none' }]);
  });

  it('pings when it has been quiet, and gives up on who stays silent', async () => {
    await connect();
    const table = new SessionTable(() => now);
    table.add(dialer.session);
    table.add(listener.session);
    for (let minute = 0; minute < 3; minute++) {
      for (let second = 0; second < 60; second += 5) {
        now += 5_000;
        table.sweep();
        await settle();
        await settle();
      }
    }
    expect([dialer.reason, listener.reason]).toEqual([undefined, undefined]);
    table.delete(dialer.session);
    listener.socket.removeAllListeners('data');
    now += ENGINE_LIMITS.silenceMs + 1;
    table.sweep();
    expect(listener.reason).toMatchObject({ code: 'timeout' });
  });

  it('pings while it is paused, so that who is not read from stays', async () => {
    await connect();
    const table = new SessionTable(() => now);
    table.add(dialer.session);
    table.add(listener.session);
    dialer.session.hold('rate');
    for (let second = 0; second < 180; second += 5) {
      now += 5_000;
      table.sweep();
      await settle();
      await settle();
    }
    expect([dialer.reason, listener.reason]).toEqual([undefined, undefined]);
  });

  it('does not wait for ever for the end of a message', async () => {
    await connect();
    const table = new SessionTable(() => now);
    table.add(listener.session);
    dialer.socket.write(Buffer.from([0, 0, 0, 33, 0x22, 1]));
    await settle();
    for (let step = 0; step < 5; step++) {
      now += ENGINE_LIMITS.frameMs / 4;
      dialer.socket.write(Buffer.from([1]));
      await settle();
      table.sweep();
    }
    expect(listener.reason).toMatchObject({ code: 'timeout' });
  });
});
