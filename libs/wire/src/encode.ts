import { ShoalError, type Bitfield, type FileId } from '#core';
import { BodyWriter } from './bytes.js';
import { numberOfCode } from './error-codes.js';
import { FRAME_TYPES } from './frame-types.js';
import { DATA_HEADER_BYTES, FRAME_HEADER_BYTES, MAGIC, WIRE_LIMITS } from './limits.js';
import {
  CLOSE_REASONS,
  REFUSE_REASONS,
  type ControlMessage,
  type ExchangedPeer,
  type Hello,
  type MessageType,
  type Open,
} from './messages.js';

/**
 * One whole frame. The sender stays within its own caps.
 * @throws ShoalError `limit-exceeded` when the message is longer than its frame may be
 */
export const encode = (message: ControlMessage): Buffer => {
  const body = encodeBody(message);
  const frame = frameHeader(message.type, body.length, body.length);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
};

/** What goes before `length` bytes of a chunk; the bytes themselves follow without a copy. */
export const encodeDataHeader = (chunk: number, offset: number, length: number): Buffer => {
  const frame = frameHeader('data', DATA_HEADER_BYTES + length, DATA_HEADER_BYTES);
  frame.writeUInt32BE(chunk, FRAME_HEADER_BYTES);
  frame.writeUInt32BE(offset, FRAME_HEADER_BYTES + 4);
  return frame;
};

/** The body of a HELLO: also what AUTH signs. */
export const encodeHello = (hello: Hello): Buffer =>
  scratch('hello')
    .raw(Buffer.from(MAGIC, 'latin1'))
    .u16(hello.version)
    .word(hello.networkId)
    .raw(hello.publicKey)
    .u64(hello.incarnation)
    .raw(hello.nonce)
    .word(hello.name)
    .word(hello.host)
    .u16(hello.port).written;

const frameHeader = (type: MessageType, bodyLength: number, room: number): Buffer => {
  const { code, bodyMax } = FRAME_TYPES[type];
  if (bodyLength > bodyMax) {
    throw new ShoalError('limit-exceeded', `${type}: ${bodyLength} bytes do not fit in ${bodyMax}`);
  }
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + room);
  frame.writeUInt32BE(bodyLength + 1, 0);
  frame.writeUInt8(code, 4);
  return frame;
};

const scratch = (type: MessageType): BodyWriter =>
  new BodyWriter(Buffer.allocUnsafe(FRAME_TYPES[type].bodyMax));

const sized = (bytes: number): BodyWriter => new BodyWriter(Buffer.allocUnsafe(bytes));

const encodeBody = (message: ControlMessage): Buffer => {
  switch (message.type) {
    case 'hello':
      return encodeHello(message);
    case 'auth':
      return sized(message.signature.length).raw(message.signature).written;
    case 'open':
      return open(message);
    case 'opened':
      return withField(scratch('opened').hex(message.fileId).u8(flag(message.granting)), message.field);
    case 'bitfield':
      return withField(scratch('bitfield').u8(flag(message.granting)), message.field);
    case 'have':
      return ranges(message.ranges);
    case 'request':
    case 'cancel':
      return indexes(message.chunks);
    case 'refuse':
      return sized(5)
        .u32(message.chunk)
        .u8(REFUSE_REASONS.indexOf(message.reason) + 1).written;
    case 'close-file':
      return sized(33)
        .hex(message.fileId)
        .u8(CLOSE_REASONS.indexOf(message.reason) + 1).written;
    case 'get-peers':
      return aboutFile(scratch('get-peers'), message.fileId).written;
    case 'peers':
      return peers(message.fileId, message.peers);
    case 'get-manifest':
      return sized(32).hex(message.fileId).written;
    case 'manifest':
      return sized(40 + message.bytes.length)
        .hex(message.fileId)
        .u32(message.total)
        .u32(message.offset)
        .raw(message.bytes).written;
    case 'none':
    case 'ping':
    case 'pong':
      return Buffer.alloc(0);
    case 'error':
      return errorBody(numberOfCode(message.code), message.message);
  }
};

const flag = (value: boolean): number => (value ? 1 : 0);

const open = ({ fileId, downloads, priority, field }: Open): Buffer => {
  tooMany('steps of priority', priority, WIRE_LIMITS.priority);
  return withField(scratch('open').hex(fileId).u8(flag(downloads)).u8(priority), field);
};

const withField = (writer: BodyWriter, field: Bitfield): Buffer =>
  writer.u32(field.length).raw(field.toBytes()).written;

const tooMany = (what: string, count: number, cap: number): void => {
  if (count > cap) throw new ShoalError('limit-exceeded', `${count} ${what} are more than ${cap}`);
};

const ranges = (list: readonly { readonly start: number; readonly end: number }[]): Buffer => {
  tooMany('ranges', list.length, WIRE_LIMITS.haveRanges);
  const writer = sized(8 * list.length);
  for (const { start, end } of list) writer.u32(start).u32(end - start);
  return writer.written;
};

const indexes = (list: readonly number[]): Buffer => {
  tooMany('chunks', list.length, WIRE_LIMITS.requestChunks);
  const writer = sized(4 * list.length);
  for (const chunk of list) writer.u32(chunk);
  return writer.written;
};

const aboutFile = (writer: BodyWriter, fileId: FileId | undefined): BodyWriter =>
  fileId === undefined ? writer.u8(0) : writer.u8(1).hex(fileId);

const peers = (fileId: FileId | undefined, list: readonly ExchangedPeer[]): Buffer => {
  tooMany('peers', list.length, WIRE_LIMITS.peers);
  const writer = aboutFile(scratch('peers'), fileId).u16(list.length);
  for (const peer of list) {
    writer.hex(peer.peerId).u64(peer.incarnation).word(peer.name).word(peer.host).u16(peer.port);
  }
  return writer.written;
};

/** The text is cut at a whole character. */
const errorBody = (number: number, text: string): Buffer => {
  let kept = Buffer.from(text);
  for (let end = text.length; kept.length > WIRE_LIMITS.errorTextBytes; end--) {
    kept = Buffer.from(
      text.slice(0, Math.min(end, WIRE_LIMITS.errorTextBytes)).replace(/[\ud800-\udbff]$/, ''),
    );
  }
  return sized(2 + kept.length)
    .u16(number)
    .raw(kept).written;
};
