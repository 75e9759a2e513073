import { ShoalError } from '#core';
import { badFrame } from './bytes.js';
import { decodeBody } from './decode.js';
import { FRAME_TYPES, typeOfCode } from './frame-types.js';
import { DATA_HEADER_BYTES, FRAME_HEADER_BYTES, WIRE_LIMITS } from './limits.js';
import type { ControlMessage, Data, Message, MessageType, Role } from './messages.js';

/** Where the bytes of chunks go. Called with numbers that are within WIRE_LIMITS, but are otherwise the remote's word. */
export interface DataSink {
  /**
   * Exactly `length` bytes of the chunk's own buffer, from `offset`; undefined throws the bytes away.
   * @throws ShoalError `bad-frame` when the remote may not send this here; the connection ends
   */
  reserve(chunk: number, offset: number, length: number): Uint8Array | undefined;
  /** `bytes` more have landed where `reserve` said (or were thrown away), in one piece or several. */
  arrived(chunk: number, bytes: number): void;
}

const HEAD_BYTES = FRAME_HEADER_BYTES + DATA_HEADER_BYTES;
/** Bytes that nobody wants are read to here. Never read from, so all decoders share it. */
const TRASH = new Uint8Array(16_384);
/** Bytes that may have come before the sink is told. A slow link brings them in pieces of a few KiB. */
const UNTOLD_MAX = 16_384;
const NOTHING: readonly Message[] = [];

/** Which frames may come: HELLO, then AUTH, then everything else. An ERROR may come at any time. */
type Phase = 'hello' | 'auth' | 'messages';

/**
 * Frames out of bytes, without copying chunks: it says where the next bytes belong (`nextBuffer`), the socket reads to
 * there, `commit` tells how many came. A header is read to a scratch of 13 bytes, so no byte of a chunk is ever in it.
 * After an error it must not be used again.
 */
export class FrameDecoder {
  private phase: Phase = 'hello';
  private readonly head = new Uint8Array(HEAD_BYTES);
  private readonly headView = new DataView(this.head.buffer);
  private headFilled = 0;
  private body:
    { readonly type: ControlMessage['type']; readonly bytes: Uint8Array; filled: number } | undefined;
  private data:
    | { readonly frame: Data; readonly target: Uint8Array | undefined; filled: number; untold: number }
    | undefined;

  /** `sink` may be left out for a listener, which never receives DATA. */
  constructor(
    private readonly role: Role,
    private readonly sink?: DataSink,
  ) {}

  /** Whether a control frame, or the header of a DATA frame, has begun and is not whole. */
  get isInFrame(): boolean {
    return this.body !== undefined || this.headFilled > 0;
  }

  /** At least one byte long. */
  nextBuffer(): Uint8Array {
    if (this.data !== undefined) {
      const { frame, target, filled } = this.data;
      return target === undefined ? TRASH.subarray(0, frame.length - filled) : target.subarray(filled);
    }
    if (this.body !== undefined) return this.body.bytes.subarray(this.body.filled);
    return this.head.subarray(this.headFilled);
  }

  /**
   * `count` bytes were put into the last `nextBuffer`.
   * @returns the messages that are complete now, in order
   * @throws ShoalError `bad-frame` | `wrong-version`, or what the sink throws
   */
  commit(count: number): readonly Message[] {
    if (this.data !== undefined) return this.commitData(this.data, count);
    if (this.body !== undefined) return this.commitBody(this.body, count);
    this.headFilled += count;
    return this.parseHead();
  }

  /**
   * As `commit`, but only where it is cheap: for bytes amid a chunk, of which the sink will be told later. False: nothing was
   * done, call `commit`.
   */
  skim(count: number): boolean {
    const { data } = this;
    if (data === undefined || data.untold + count > UNTOLD_MAX || data.filled + count >= data.frame.length) {
      return false;
    }
    data.filled += count;
    data.untold += count;
    return true;
  }

  /** All of `bytes` at once, by copying: for sockets that cannot read into a given place. */
  push(bytes: Uint8Array): readonly Message[] {
    const messages: Message[] = [];
    for (let position = 0; position < bytes.length;) {
      const room = this.nextBuffer();
      const count = Math.min(room.length, bytes.length - position);
      room.set(bytes.subarray(position, position + count));
      position += count;
      messages.push(...this.commit(count));
    }
    return messages;
  }

  private commitData(data: NonNullable<typeof this.data>, count: number): readonly Message[] {
    data.filled += count;
    this.sink?.arrived(data.frame.chunk, data.untold + count);
    data.untold = 0;
    if (data.filled < data.frame.length) return NOTHING;
    this.data = undefined;
    return [data.frame];
  }

  private commitBody(body: NonNullable<typeof this.body>, count: number): readonly Message[] {
    body.filled += count;
    if (body.filled < body.bytes.length) return NOTHING;
    this.body = undefined;
    return [decodeBody(body.type, body.bytes)];
  }

  /** Takes whole small frames out of the scratch, and starts the first one that is not whole. */
  private parseHead(): readonly Message[] {
    const messages: Message[] = [];
    while (this.headFilled >= FRAME_HEADER_BYTES) {
      const { type, bodyLength } = this.frame();
      if (type === 'data') {
        if (this.headFilled === HEAD_BYTES) this.startData(bodyLength - DATA_HEADER_BYTES);
        break;
      }
      this.enterPhase(type);
      const here = Math.min(bodyLength, this.headFilled - FRAME_HEADER_BYTES);
      const bytes = new Uint8Array(bodyLength);
      bytes.set(this.head.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + here));
      this.dropHead(FRAME_HEADER_BYTES + here);
      if (here < bodyLength) {
        this.body = { type, bytes, filled: here };
        break;
      }
      messages.push(decodeBody(type, bytes));
    }
    return messages;
  }

  /** Type and body length in the scratch, with every check that needs no more than them. */
  private frame(): { type: MessageType; bodyLength: number } {
    const length = this.headView.getUint32(0);
    const code = this.head[FRAME_HEADER_BYTES - 1] as number;
    const type = typeOfCode(code);
    if (type === undefined) throw badFrame(`unknown frame type ${code}`);
    this.checkOrder(type);
    const { bodyMax, to } = FRAME_TYPES[type];
    if (to !== 'both' && to !== this.role) throw badFrame(`${type} may not be sent to a ${this.role}`);
    if (length < 1 || length - 1 > bodyMax) throw badFrame(`${type}: a length of ${length}`);
    if (type === 'data' && length - 1 <= DATA_HEADER_BYTES) throw badFrame('data: no bytes');
    return { type, bodyLength: length - 1 };
  }

  private checkOrder(type: MessageType): void {
    if (type === 'error') return;
    const expected = this.phase === 'messages' ? 'anything but a handshake' : this.phase;
    const handshake = type === 'hello' || type === 'auth';
    const fine = this.phase === 'messages' ? !handshake : type === this.phase;
    if (!fine) throw badFrame(`${type} came where ${expected} belongs`);
  }

  private enterPhase(type: MessageType): void {
    if (type === 'hello') this.phase = 'auth';
    if (type === 'auth') this.phase = 'messages';
  }

  private startData(length: number): void {
    const chunk = this.headView.getUint32(FRAME_HEADER_BYTES);
    const offset = this.headView.getUint32(FRAME_HEADER_BYTES + 4);
    if (chunk >= WIRE_LIMITS.chunks || offset + length > WIRE_LIMITS.chunkBytes) {
      throw badFrame(`data: ${length} bytes at ${offset} of chunk ${chunk}`);
    }
    if (this.sink === undefined) throw new ShoalError('bad-frame', 'data came to a side that takes none');
    const target = this.sink.reserve(chunk, offset, length);
    if (target !== undefined && target.length !== length) {
      throw new ShoalError('internal', `a sink gave ${target.length} bytes for ${length}`);
    }
    this.data = { frame: { type: 'data', chunk, offset, length }, target, filled: 0, untold: 0 };
    this.headFilled = 0;
  }

  private dropHead(count: number): void {
    this.head.copyWithin(0, count, this.headFilled);
    this.headFilled -= count;
  }
}
