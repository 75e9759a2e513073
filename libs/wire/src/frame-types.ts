import {
  DATA_HEADER_BYTES,
  FILE_ID_BYTES,
  MAGIC,
  NONCE_BYTES,
  PEER_ID_BYTES,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  WIRE_LIMITS,
} from './limits.js';
import type { MessageType, Role } from './messages.js';

export interface FrameType {
  /** The byte that says it. Never reused. */
  readonly code: number;
  /** Bytes of the longest body. */
  readonly bodyMax: number;
  /** Which side may receive it. */
  readonly to: Role | 'both';
}

const SHORT_TEXT = 1;
const FIELD_MAX = 4 + WIRE_LIMITS.chunks / 8;
const ADDRESS_MAX = SHORT_TEXT + WIRE_LIMITS.nameBytes + SHORT_TEXT + WIRE_LIMITS.hostBytes + 2;
const HELLO_MAX =
  MAGIC.length + 2 + SHORT_TEXT + WIRE_LIMITS.nameBytes + PUBLIC_KEY_BYTES + 8 + NONCE_BYTES + ADDRESS_MAX;

/** Every frame of the protocol: one place for its number, its cap and its direction. */
export const FRAME_TYPES: Readonly<Record<MessageType, FrameType>> = {
  hello: { code: 0x01, bodyMax: HELLO_MAX, to: 'both' },
  auth: { code: 0x02, bodyMax: SIGNATURE_BYTES, to: 'both' },
  open: { code: 0x10, bodyMax: FILE_ID_BYTES + 2 + FIELD_MAX, to: 'listener' },
  opened: { code: 0x11, bodyMax: FILE_ID_BYTES + 1 + FIELD_MAX, to: 'dialer' },
  bitfield: { code: 0x12, bodyMax: 1 + FIELD_MAX, to: 'dialer' },
  have: { code: 0x13, bodyMax: 8 * WIRE_LIMITS.haveRanges, to: 'both' },
  request: { code: 0x14, bodyMax: 4 * WIRE_LIMITS.requestChunks, to: 'listener' },
  cancel: { code: 0x15, bodyMax: 4 * WIRE_LIMITS.requestChunks, to: 'listener' },
  data: { code: 0x16, bodyMax: DATA_HEADER_BYTES + WIRE_LIMITS.dataBytes, to: 'dialer' },
  none: { code: 0x17, bodyMax: 0, to: 'dialer' },
  refuse: { code: 0x18, bodyMax: 5, to: 'dialer' },
  'close-file': { code: 0x19, bodyMax: FILE_ID_BYTES + 1, to: 'both' },
  'get-peers': { code: 0x20, bodyMax: 1 + FILE_ID_BYTES, to: 'both' },
  peers: {
    code: 0x21,
    bodyMax: 1 + FILE_ID_BYTES + 2 + WIRE_LIMITS.peers * (PEER_ID_BYTES + 8 + ADDRESS_MAX),
    to: 'both',
  },
  'get-manifest': { code: 0x22, bodyMax: FILE_ID_BYTES, to: 'both' },
  manifest: { code: 0x23, bodyMax: FILE_ID_BYTES + 8 + WIRE_LIMITS.manifestFragmentBytes, to: 'both' },
  ping: { code: 0x30, bodyMax: 0, to: 'both' },
  pong: { code: 0x31, bodyMax: 0, to: 'both' },
  error: { code: 0x3f, bodyMax: 2 + WIRE_LIMITS.errorTextBytes, to: 'both' },
};

const BY_CODE = new Map(
  (Object.keys(FRAME_TYPES) as MessageType[]).map((type) => [FRAME_TYPES[type].code, type]),
);

export const typeOfCode = (code: number): MessageType | undefined => BY_CODE.get(code);
