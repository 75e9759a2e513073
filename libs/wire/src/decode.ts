import {
  Bitfield,
  NETWORK_ID_PATTERN,
  PEER_NAME_PATTERN,
  ShoalError,
  type ChunkRange,
  type FileId,
  type PeerId,
} from '#core';
import { BodyReader, asBuffer, badFrame } from './bytes.js';
import { codeOfNumber } from './error-codes.js';
import { HOST_PATTERN } from './host.js';
import {
  ANY_CHUNK,
  FILE_ID_BYTES,
  MAGIC,
  NONCE_BYTES,
  PEER_ID_BYTES,
  PROTOCOL_VERSION,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  WIRE_LIMITS,
} from './limits.js';
import {
  CLOSE_REASONS,
  REFUSE_REASONS,
  type CloseReason,
  type ControlMessage,
  type ExchangedPeer,
  type Hello,
  type ManifestFragment,
  type Open,
  type RefuseReason,
} from './messages.js';

type ControlType = ControlMessage['type'];

/**
 * The message in one whole body. What it returns does not share memory with `body`.
 * @throws ShoalError `bad-frame`, or `wrong-version` for a HELLO of another version
 */
export const decodeBody = (type: ControlType, body: Uint8Array): ControlMessage => {
  const reader = new BodyReader(body, type);
  const message = read(type, reader);
  reader.end();
  return message;
};

const read = (type: ControlType, reader: BodyReader): ControlMessage => {
  switch (type) {
    case 'hello':
      return hello(reader);
    case 'auth':
      return { type, signature: reader.copy(SIGNATURE_BYTES) };
    case 'open':
      return open(reader);
    case 'opened':
      return { type, fileId: fileId(reader), granting: flag(reader), field: field(reader) };
    case 'bitfield':
      return { type, granting: flag(reader), field: field(reader) };
    case 'have':
      return { type, ranges: ranges(reader) };
    case 'request':
    case 'cancel':
      return { type, chunks: indexes(reader) };
    case 'none':
    case 'ping':
    case 'pong':
      return { type };
    case 'refuse':
      return { type, chunk: requestable(reader), reason: refuseReason(reader) };
    case 'close-file':
      return { type, fileId: fileId(reader), reason: closeReason(reader) };
    case 'get-peers':
      return { type, ...aboutFile(reader) };
    case 'peers':
      return { type, ...aboutFile(reader), peers: peers(reader) };
    case 'get-manifest':
      return { type, fileId: fileId(reader) };
    case 'manifest':
      return fragment(reader);
    case 'error':
      return { type, code: codeOfNumber(reader.u16()), message: printable(reader.raw(reader.remaining)) };
  }
};

const hello = (reader: BodyReader): Hello => {
  if (asBuffer(reader.raw(MAGIC.length)).toString('latin1') !== MAGIC) {
    throw badFrame('hello: this is not a Shoal peer');
  }
  const version = reader.u16();
  if (version !== PROTOCOL_VERSION) {
    throw new ShoalError(
      'wrong-version',
      `the other peer speaks protocol ${version}, this one ${PROTOCOL_VERSION}`,
    );
  }
  return {
    type: 'hello',
    version,
    networkId: reader.word(NETWORK_ID_PATTERN),
    publicKey: reader.copy(PUBLIC_KEY_BYTES),
    incarnation: reader.u64(),
    nonce: reader.copy(NONCE_BYTES),
    name: reader.word(PEER_NAME_PATTERN),
    host: reader.word(HOST_PATTERN),
    port: reader.u16(),
  };
};

const open = (reader: BodyReader): Open => ({
  type: 'open',
  fileId: fileId(reader),
  downloads: flag(reader),
  priority: priority(reader),
  field: field(reader),
});

const priority = (reader: BodyReader): number => {
  const value = reader.u8();
  if (value > WIRE_LIMITS.priority) throw badFrame(`a priority is ${value}`);
  return value;
};

const fileId = (reader: BodyReader): FileId => reader.hex(FILE_ID_BYTES) as FileId;

const aboutFile = (reader: BodyReader): { fileId?: FileId } =>
  flag(reader) ? { fileId: fileId(reader) } : {};

const flag = (reader: BodyReader): boolean => {
  const value = reader.u8();
  if (value > 1) throw badFrame(`a flag is ${value}`);
  return value === 1;
};

const field = (reader: BodyReader): Bitfield => {
  const chunks = reader.u32();
  if (chunks > WIRE_LIMITS.chunks) throw badFrame(`a bitfield of ${chunks} chunks`);
  const bytes = reader.raw((chunks + 7) >> 3);
  try {
    return Bitfield.fromBytes(chunks, bytes);
  } catch (cause) {
    throw new ShoalError('bad-frame', 'a bitfield has bits set past its end', { cause });
  }
};

/** Ascending and apart, so that one frame never costs more than one look at every chunk. */
const ranges = (reader: BodyReader): ChunkRange[] => {
  const list: ChunkRange[] = [];
  let last = -1;
  while (reader.remaining > 0) {
    const start = reader.u32();
    const count = reader.u32();
    if (start <= last || count < 1 || start + count > WIRE_LIMITS.chunks) {
      throw badFrame(`have: ${count} chunks from ${start}`);
    }
    last = start + count;
    list.push({ start, end: start + count });
  }
  return list;
};

const indexes = (reader: BodyReader): number[] => {
  const list: number[] = [];
  while (reader.remaining > 0) list.push(requestable(reader));
  return list;
};

const requestable = (reader: BodyReader): number => {
  const chunk = reader.u32();
  if (chunk >= WIRE_LIMITS.chunks && chunk !== ANY_CHUNK) throw badFrame(`there is no chunk ${chunk}`);
  return chunk;
};

const refuseReason = (reader: BodyReader): RefuseReason => {
  const reason = REFUSE_REASONS[reader.u8() - 1];
  if (reason === undefined) throw badFrame('refuse: unknown reason');
  return reason;
};

const closeReason = (reader: BodyReader): CloseReason => {
  const reason = CLOSE_REASONS[reader.u8() - 1];
  if (reason === undefined) throw badFrame('close-file: unknown reason');
  return reason;
};

const peers = (reader: BodyReader): ExchangedPeer[] => {
  const count = reader.u16();
  if (count > WIRE_LIMITS.peers) throw badFrame(`peers: ${count} are too many`);
  return Array.from({ length: count }, () => ({
    peerId: reader.hex(PEER_ID_BYTES) as PeerId,
    incarnation: reader.u64(),
    name: reader.word(PEER_NAME_PATTERN),
    host: reader.word(HOST_PATTERN),
    port: reader.u16(),
  }));
};

const fragment = (reader: BodyReader): ManifestFragment => {
  const id = fileId(reader);
  const total = reader.u32();
  const offset = reader.u32();
  if (total > WIRE_LIMITS.manifestBytes || offset + reader.remaining > total) {
    throw badFrame(`manifest: ${reader.remaining} bytes at ${offset} of ${total}`);
  }
  return { type: 'manifest', fileId: id, total, offset, bytes: reader.copy(reader.remaining) };
};

/** Text of a stranger for logs and terminals: control characters are replaced. */
const printable = (bytes: Uint8Array): string =>
  asBuffer(bytes)
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
