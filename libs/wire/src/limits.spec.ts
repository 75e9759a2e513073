import { describe, expect, it } from '@jest/globals';
import { HIGHEST_PRIORITY, ShoalError, type ErrorCode, type FileId } from '#core';
import { encode } from './encode.js';
import { FrameDecoder, type DataSink } from './frame-decoder.js';
import { FRAME_TYPES } from './frame-types.js';
import { PROTOCOL_VERSION, WIRE_LIMITS } from './limits.js';
import { ManifestAssembler } from './manifest-fragments.js';
import type { MessageType, Role } from './messages.js';

const FILE = 'b'.repeat(64) as FileId;
const sink: DataSink = { reserve: () => undefined, arrived: () => undefined };
const u8 = (...values: number[]): Buffer => Buffer.from(values);
const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32BE(value, 4 * at));
  return bytes;
};
const word = (length: number): Buffer => Buffer.concat([u8(length), Buffer.alloc(length, 'a')]);

/** A frame as a stranger writes it: nothing of our own encoder's caps is in the way. */
const raw = (type: MessageType, ...body: Buffer[]): Buffer => {
  const bytes = Buffer.concat(body);
  return Buffer.concat([u32(bytes.length + 1), u8(FRAME_TYPES[type].code), bytes]);
};
const hello = (network = 1, name = 1, host = 1): Buffer =>
  raw(
    'hello',
    Buffer.from('SHOAL'),
    u8(0, PROTOCOL_VERSION),
    word(network),
    Buffer.alloc(32),
    Buffer.alloc(8),
    Buffer.alloc(32),
    word(name),
    word(host),
    u8(0, 1),
  );

/** What a side says that has shaken hands and then gets `frame`. */
const after = (role: Role, frame: Buffer): unknown => {
  const decoder = new FrameDecoder(role, sink);
  decoder.push(hello());
  decoder.push(encode({ type: 'auth', signature: new Uint8Array(64) }));
  return said(() => decoder.push(frame));
};
const first = (frame: Buffer): unknown => said(() => new FrameDecoder('listener').push(frame));
const said = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

const opened = (chunks: number): Buffer =>
  raw('opened', Buffer.from(FILE, 'hex'), u8(0), u32(chunks), Buffer.alloc(Math.ceil(chunks / 8)));
const open = (priority: number): Buffer => raw('open', Buffer.from(FILE, 'hex'), u8(1, priority), u32(0));
const have = (count: number): Buffer =>
  raw('have', ...Array.from({ length: count }, (_, at) => u32(2 * at, 1)));
const request = (count: number): Buffer => raw('request', Buffer.alloc(4 * count));
const data = (offset: number, length: number): Buffer => raw('data', u32(0, offset), Buffer.alloc(length));
const peers = (count: number): Buffer =>
  raw(
    'peers',
    u8(0, count >> 8, count & 0xff),
    ...Array.from({ length: count }, () =>
      Buffer.concat([Buffer.alloc(20), Buffer.alloc(8), word(1), word(1), u8(0, 1)]),
    ),
  );
const fragment = (total: number, length: number): Buffer =>
  raw('manifest', Buffer.from(FILE, 'hex'), u32(total, 0), Buffer.alloc(length));
const fault = (length: number): Buffer => raw('error', u8(0, 1), Buffer.alloc(length, 'a'));

/** Sends so many. */
type Send = (count: number) => unknown;

const CASES: Record<keyof typeof WIRE_LIMITS, { readonly send: Send; readonly code: ErrorCode }> = {
  chunks: { send: (count) => after('dialer', opened(count)), code: 'bad-frame' },
  chunkBytes: { send: (count) => after('dialer', data(count - 1_000, 1_000)), code: 'bad-frame' },
  dataBytes: { send: (count) => after('dialer', data(0, count)), code: 'bad-frame' },
  haveRanges: { send: (count) => after('listener', have(count)), code: 'bad-frame' },
  requestChunks: { send: (count) => after('listener', request(count)), code: 'bad-frame' },
  peers: { send: (count) => after('dialer', peers(count)), code: 'bad-frame' },
  manifestFragmentBytes: {
    send: (count) => after('dialer', fragment(WIRE_LIMITS.manifestBytes, count)),
    code: 'bad-frame',
  },
  manifestBytes: { send: (count) => after('dialer', fragment(count, 10)), code: 'bad-frame' },
  priority: { send: (step) => after('listener', open(step)), code: 'bad-frame' },
  errorTextBytes: { send: (count) => after('dialer', fault(count)), code: 'bad-frame' },
  hostBytes: { send: (count) => first(hello(1, 1, count)), code: 'bad-frame' },
  nameBytes: { send: (count) => first(hello(1, count, 1)), code: 'bad-frame' },
};

describe('caps on the wire', () => {
  it('has an entry for every one', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(WIRE_LIMITS).sort());
  });

  it.each(Object.entries(CASES) as [keyof typeof WIRE_LIMITS, (typeof CASES)['chunks']][])(
    '%s: as many are taken, one more ends the connection',
    (limit, { send, code }) => {
      expect(send(WIRE_LIMITS[limit])).not.toBeInstanceOf(Error);
      const refusal = send(WIRE_LIMITS[limit] + 1);
      expect(refusal).toBeInstanceOf(ShoalError);
      expect(refusal).toMatchObject({ code });
    },
  );

  it('priority is the highest that a download can have', () => {
    expect(WIRE_LIMITS.priority).toBe(HIGHEST_PRIORITY);
  });

  it('nameBytes holds for the name of a network, too', () => {
    expect(first(hello(WIRE_LIMITS.nameBytes))).not.toBeInstanceOf(Error);
    expect(first(hello(WIRE_LIMITS.nameBytes + 1))).toMatchObject({ code: 'bad-frame' });
  });

  it('a manifest cannot grow past what its first fragment said', () => {
    const assembler = new ManifestAssembler(FILE);
    const part = { type: 'manifest' as const, fileId: FILE, total: 20, bytes: new Uint8Array(10) };
    assembler.add({ ...part, offset: 0 });
    expect(said(() => assembler.add({ ...part, total: 30, offset: 10 }))).toMatchObject({
      code: 'bad-frame',
    });
  });
});
