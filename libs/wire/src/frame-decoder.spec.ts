import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield, ERROR_CODES, rangesOf, ShoalError, type ErrorCode, type FileId, type PeerId } from '#core';
import { encode, encodeDataHeader } from './encode.js';
import { FrameDecoder, type DataSink } from './frame-decoder.js';
import { FRAME_TYPES } from './frame-types.js';
import { ANY_CHUNK, PROTOCOL_VERSION, WIRE_LIMITS } from './limits.js';
import {
  CLOSE_REASONS,
  REFUSE_REASONS,
  type ControlMessage,
  type Data,
  type Hello,
  type Message,
  type Role,
} from './messages.js';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const hex = (length: number): fc.Arbitrary<string> =>
  bytes(length).map((raw) => Buffer.from(raw).toString('hex'));
const fileId = hex(32) as fc.Arbitrary<FileId>;
const word = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/);
const network = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constant(''));
const port = fc.nat(65_535);
const incarnation = fc.maxSafeNat();
const priority = fc.nat(WIRE_LIMITS.priority);
const chunk = fc.nat(WIRE_LIMITS.chunks - 1);
const field = fc.array(fc.boolean(), { maxLength: 200 }).map((bits) =>
  Bitfield.fromRanges(
    bits.length,
    bits.flatMap((on, i) => (on ? [{ start: i, end: i + 1 }] : [])),
  ),
);
const range = fc
  .tuple(chunk, fc.integer({ min: 1, max: 100 }))
  .map(([start, count]) => ({ start, end: Math.min(start + count, WIRE_LIMITS.chunks) }));
const ranges = fc
  .array(range, { maxLength: 50 })
  .map((list) => rangesOf(list.flatMap(({ start, end }) => span(start, end))));
const span = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, at) => start + at);
const requested = fc.array(fc.oneof(chunk, fc.constant(ANY_CHUNK)), { maxLength: WIRE_LIMITS.requestChunks });
const address = { incarnation, name: word, host, port };

const hello = fc.record({
  type: fc.constant('hello' as const),
  version: fc.constant(PROTOCOL_VERSION),
  networkId: network,
  publicKey: bytes(32),
  nonce: bytes(32),
  ...address,
});
const auth = fc.record({ type: fc.constant('auth' as const), signature: bytes(64) });
const optionalFile = fc.oneof(
  fc.constant({}),
  fileId.map((id) => ({ fileId: id })),
);
const peers = fc.array(fc.record({ peerId: hex(20) as fc.Arbitrary<PeerId>, ...address }), { maxLength: 50 });

/** Messages that either side may send after the handshake. */
const shared: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record({ type: fc.constant('have' as const), ranges }),
  fc.record({ type: fc.constant('close-file' as const), fileId, reason: fc.constantFrom(...CLOSE_REASONS) }),
  optionalFile.map((about) => ({ type: 'get-peers' as const, ...about })),
  fc.tuple(optionalFile, peers).map(([about, list]) => ({ type: 'peers' as const, ...about, peers: list })),
  fc.record({ type: fc.constant('get-manifest' as const), fileId }),
  fc.tuple(fileId, fc.nat(100_000), fc.uint8Array({ maxLength: 300 })).map(([id, offset, raw]) => ({
    type: 'manifest' as const,
    fileId: id,
    total: offset + raw.length,
    offset,
    bytes: raw,
  })),
  fc.constantFrom({ type: 'ping' as const }, { type: 'pong' as const }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom(...ERROR_CODES),
    message: fc.string({ maxLength: 60 }),
  }),
);
const toListener: fc.Arbitrary<ControlMessage> = fc.oneof(
  shared,
  fc.record({ type: fc.constant('open' as const), fileId, downloads: fc.boolean(), priority, field }),
  fc.record({ type: fc.constantFrom('request' as const, 'cancel' as const), chunks: requested }),
);
const toDialer: fc.Arbitrary<ControlMessage> = fc.oneof(
  shared,
  fc.record({ type: fc.constant('opened' as const), fileId, granting: fc.boolean(), field }),
  fc.record({ type: fc.constant('bitfield' as const), granting: fc.boolean(), field }),
  fc.constant({ type: 'none' as const }),
  fc.record({ type: fc.constant('refuse' as const), chunk, reason: fc.constantFrom(...REFUSE_REASONS) }),
);
interface Frame {
  readonly message: Message;
  readonly payload: Uint8Array;
}
const control = (message: ControlMessage): Frame => ({ message, payload: new Uint8Array() });
const data: fc.Arbitrary<Frame> = fc
  .tuple(fc.nat(9), fc.nat(5_000), fc.uint8Array({ minLength: 1, maxLength: 3_000 }))
  .map(([index, offset, payload]) => ({
    message: { type: 'data', chunk: index, offset, length: payload.length },
    payload,
  }));
const conversation = (role: Role): fc.Arbitrary<Frame[]> =>
  fc
    .tuple(
      hello,
      auth,
      fc.array(role === 'dialer' ? fc.oneof(toDialer.map(control), data) : toListener.map(control), {
        maxLength: 12,
      }),
    )
    .map(([first, second, rest]) => [control(first), control(second), ...rest]);

const toBytes = (frames: readonly Frame[]): Buffer =>
  Buffer.concat(
    frames.flatMap(({ message, payload }) =>
      message.type === 'data'
        ? [encodeDataHeader(message.chunk, message.offset, message.length), payload]
        : [encode(message)],
    ),
  );

/** Keeps what came for each DATA frame, in order; chunk 9 is thrown away. */
class RecordingSink implements DataSink {
  readonly received: Uint8Array[] = [];
  counted = 0;
  largest = 0;

  reserve(index: number, _offset: number, length: number): Uint8Array | undefined {
    this.largest = Math.max(this.largest, length);
    if (index === 9) return undefined;
    const target = new Uint8Array(length);
    this.received.push(target);
    return target;
  }

  arrived(_chunk: number, count: number): void {
    this.counted += count;
  }
}

const expectDecoded = (frames: readonly Frame[], messages: readonly Message[], sink: RecordingSink): void => {
  expect(messages).toEqual(frames.map(({ message }) => message));
  const payloads = frames.filter(({ message }) => message.type === 'data');
  expect(sink.received).toEqual(
    payloads
      .filter(({ message }) => (message as Data).chunk !== 9)
      .map(({ payload }) => new Uint8Array(payload)),
  );
  expect(sink.counted).toBe(payloads.reduce((sum, { payload }) => sum + payload.length, 0));
};

/** Feeds `stream` as a socket that reads in place would: at most `sizes` bytes each time, in turn; every other time it may skim. */
const readInPlace = (decoder: FrameDecoder, stream: Uint8Array, sizes: readonly number[]): Message[] => {
  const messages: Message[] = [];
  for (let position = 0, turn = 0; position < stream.length; turn++) {
    const room = decoder.nextBuffer();
    if (room.length === 0) throw new Error('no room to read into');
    const count = Math.min(room.length, stream.length - position, sizes[turn % sizes.length] ?? 1);
    room.set(stream.subarray(position, position + count));
    position += count;
    if (turn % 2 === 0 || !decoder.skim(count)) messages.push(...decoder.commit(count));
  }
  return messages;
};

const roles = fc.constantFrom<Role>('dialer', 'listener');
const anyConversation = roles.chain((role) => conversation(role).map((frames) => ({ role, frames })));

const aHello = (): Hello => ({
  type: 'hello',
  version: PROTOCOL_VERSION,
  networkId: 'shoal',
  publicKey: new Uint8Array(32),
  incarnation: 1,
  nonce: new Uint8Array(32),
  name: 'host1',
  host: '127.0.0.1',
  port: 4000,
});

/** A decoder that has a handshake behind it. */
const greeted = (role: Role, sink: DataSink = new RecordingSink()): FrameDecoder => {
  const decoder = new FrameDecoder(role, sink);
  decoder.push(encode(aHello()));
  decoder.push(encode({ type: 'auth', signature: new Uint8Array(64) }));
  return decoder;
};

const codeOf = (action: () => unknown): ErrorCode | undefined => {
  try {
    action();
  } catch (error) {
    return (error as ShoalError).code;
  }
  return undefined;
};

const expectHarmless = (role: Role, stream: Uint8Array): void => {
  const sink = new RecordingSink();
  const decoder = new FrameDecoder(role, sink);
  let largestRoom = 0;
  try {
    for (const byte of stream) {
      const room = decoder.nextBuffer();
      largestRoom = Math.max(largestRoom, room.length);
      room[0] = byte;
      decoder.commit(1);
    }
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    expect(['bad-frame', 'wrong-version']).toContain(error.code);
  }
  expect(largestRoom).toBeLessThanOrEqual(
    Math.max(...Object.values(FRAME_TYPES).map(({ bodyMax }) => bodyMax)),
  );
  expect(sink.largest).toBeLessThanOrEqual(WIRE_LIMITS.dataBytes);
};

describe('FrameDecoder', () => {
  it('decodes any split of any frames to what was encoded', () => {
    fc.assert(
      fc.property(
        anyConversation,
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        ({ role, frames }, sizes, inPlace) => {
          const sink = new RecordingSink();
          const decoder = new FrameDecoder(role, sink);
          const stream = toBytes(frames);
          const messages: Message[] = [];
          if (inPlace) messages.push(...readInPlace(decoder, stream, sizes));
          else {
            for (let position = 0, turn = 0; position < stream.length; turn++) {
              const count = sizes[turn % sizes.length] as number;
              messages.push(...decoder.push(stream.subarray(position, position + count)));
              position += count;
            }
          }
          expectDecoded(frames, messages, sink);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('decodes byte by byte', () => {
    fc.assert(
      fc.property(anyConversation, ({ role, frames }) => {
        const sink = new RecordingSink();
        const messages = readInPlace(new FrameDecoder(role, sink), toBytes(frames), [1]);
        expectDecoded(frames, messages, sink);
      }),
      { numRuns: 15 },
    );
  });

  it('answers damaged bytes with valid messages or a typed error, within the caps', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anyConversation, damage, fc.nat(), ({ role, frames }, changes, cut) => {
        const stream = toBytes(frames);
        for (const [at, value] of changes) stream[at % stream.length] = value;
        expectHarmless(role, stream.subarray(cut % stream.length));
        expectHarmless(role, stream);
      }),
      { numRuns: 150 },
    );
  });

  it('answers noise with a typed error or with nothing yet', () => {
    fc.assert(fc.property(roles, fc.uint8Array({ maxLength: 600 }), expectHarmless), { numRuns: 150 });
  });

  it('refuses a length past the cap of its type before it makes room for it', () => {
    for (const type of Object.values(FRAME_TYPES)) {
      const decoder = greeted(type.to === 'both' ? 'dialer' : type.to);
      const head = Buffer.alloc(5);
      head.writeUInt32BE(type.bodyMax + 2, 0);
      head.writeUInt8(type.code, 4);
      expect(codeOf(() => decoder.push(head))).toBe('bad-frame');
    }
  });

  it.each<[string, Role, Buffer]>([
    ['an unknown type', 'dialer', Buffer.from([0, 0, 0, 1, 0x77])],
    ['a length of 0', 'dialer', Buffer.from([0, 0, 0, 0, 0x30])],
    ['bytes after the fields', 'dialer', Buffer.from([0, 0, 0, 7, 0x18, 0, 0, 0, 1, 1, 9])],
    ['a frame for the other side', 'dialer', encode({ type: 'request', chunks: [1] })],
    ['data to a listener', 'listener', Buffer.concat([encodeDataHeader(0, 0, 1), Buffer.from([1])])],
    ['data without bytes', 'dialer', Buffer.from([0, 0, 0, 9, 0x16, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a chunk past the largest file', 'dialer', encodeDataHeader(WIRE_LIMITS.chunks, 0, 1)],
    ['bytes past the largest chunk', 'dialer', encodeDataHeader(0, WIRE_LIMITS.chunkBytes, 1)],
    ['an empty range', 'dialer', Buffer.from([0, 0, 0, 9, 0x13, 0, 0, 0, 1, 0, 0, 0, 0])],
    ['a range past the end', 'dialer', Buffer.from([0, 0, 0, 9, 0x13, 0, 0, 255, 255, 0, 0, 0, 2])],
    [
      'ranges that touch',
      'dialer',
      encode({
        type: 'have',
        ranges: [
          { start: 1, end: 3 },
          { start: 3, end: 4 },
        ],
      }),
    ],
    ['a flag that is 2', 'dialer', Buffer.from([0, 0, 0, 6, 0x12, 2, 0, 0, 0, 0])],
    ['a spare bit', 'dialer', Buffer.from([0, 0, 0, 7, 0x12, 0, 0, 0, 0, 1, 0xc0])],
    ['a bitfield of too many chunks', 'dialer', Buffer.from([0, 0, 0, 6, 0x12, 0, 255, 255, 255, 255])],
    ['a second hello', 'dialer', encode(aHello())],
  ])('refuses %s', (_what, role, frame) => {
    expect(codeOf(() => greeted(role).push(frame))).toBe('bad-frame');
  });

  it('takes nothing but HELLO first and AUTH second', () => {
    expect(codeOf(() => new FrameDecoder('dialer').push(encode({ type: 'ping' })))).toBe('bad-frame');
    const decoder = new FrameDecoder('dialer');
    decoder.push(encode(aHello()));
    expect(codeOf(() => decoder.push(encode({ type: 'ping' })))).toBe('bad-frame');
  });

  it('lets an ERROR come before the handshake, with its control characters replaced', () => {
    const fault = { type: 'error', code: 'wrong-network', message: 'no\u001b[31m' } as const;
    expect(new FrameDecoder('dialer').push(encode(fault))).toEqual([{ ...fault, message: 'no?[31m' }]);
  });

  it('cuts a long error text at a whole character', () => {
    const [fault] = greeted('dialer').push(
      encode({ type: 'error', code: 'internal', message: '\u{1f41f}'.repeat(90) }),
    );
    expect(fault).toEqual({ type: 'error', code: 'internal', message: '\u{1f41f}'.repeat(50) });
  });

  it('tells another protocol version from a bad frame', () => {
    const frame = encode({ ...aHello(), version: PROTOCOL_VERSION + 1 });
    expect(codeOf(() => new FrameDecoder('dialer').push(frame))).toBe('wrong-version');
  });

  it('tells of skimmed bytes later, and skims no more than 16 KiB and never the end', () => {
    const told: number[] = [];
    const sink: DataSink = {
      reserve: (_chunk, _offset, length) => new Uint8Array(length),
      arrived: (_chunk, count) => told.push(count),
    };
    const decoder = greeted('dialer', sink);
    expect(decoder.skim(1)).toBe(false);
    decoder.push(encodeDataHeader(1, 0, 40_000));
    expect([10_000, 6_384, 1].map((count) => decoder.skim(count))).toEqual([true, true, false]);
    expect(decoder.nextBuffer()).toHaveLength(40_000 - 16_384);
    expect(decoder.commit(1)).toEqual([]);
    expect([decoder.skim(16_000), decoder.skim(7_615)]).toEqual([true, false]);
    expect(decoder.commit(7_615)).toEqual([{ type: 'data', chunk: 1, offset: 0, length: 40_000 }]);
    expect(told).toEqual([16_385, 23_615]);
  });

  it('passes on what the sink refuses', () => {
    const sink: DataSink = {
      reserve: () => {
        throw new ShoalError('bad-frame', 'not here');
      },
      arrived: () => undefined,
    };
    expect(codeOf(() => greeted('dialer', sink).push(encodeDataHeader(1, 0, 5)))).toBe('bad-frame');
  });
});
