import { KIB, MIB } from '#core';

/** The first bytes of every connection. */
export const MAGIC = 'SHOAL';
/** Grows with every change that an older peer could not read. */
export const PROTOCOL_VERSION = 2;

/** Length (u32, of type and body) and type (u8). */
export const FRAME_HEADER_BYTES = 5;
/** Chunk (u32) and offset in the chunk (u32), before the bytes of a DATA frame. */
export const DATA_HEADER_BYTES = 8;
export const PUBLIC_KEY_BYTES = 32;
export const NONCE_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const PEER_ID_BYTES = 20;
export const FILE_ID_BYTES = 32;

/** Stands for "any chunk you choose" in a REQUEST or CANCEL to a granting seeder. */
export const ANY_CHUNK = 0xffff_ffff;

/** Caps on everything a remote peer may say. Each is checked before anything is allocated or stored for it. */
export const WIRE_LIMITS = {
  /** Chunks of a file; the largest bitfield has 8 KiB. */
  chunks: 65_536,
  /** Bytes of one chunk. */
  chunkBytes: 64 * MIB,
  /** Bytes of one DATA frame: a CANCEL stops a large chunk after at most this much. Slow links use less. */
  dataBytes: 1 * MIB,
  /** Ranges in one HAVE; a peer with more to tell sends several. Bounds one frame to 8 KiB. */
  haveRanges: 1_024,
  /** Chunks in one REQUEST or CANCEL; windows are two orders smaller, so this only bounds work. */
  requestChunks: 256,
  /** Peers in one PEERS: as many as an anchor hands out. */
  peers: 50,
  /** Bytes of manifest JSON in one MANIFEST frame; a link is never blocked longer by it than by a DATA frame. */
  manifestFragmentBytes: 128 * KIB,
  /** Bytes of a whole manifest: 65,536 digests are 2.9 MB of JSON. */
  manifestBytes: 4 * MIB,
  /** The highest priority in an OPEN: bounds what a peer can claim of an uplink. */
  priority: 9,
  /** Bytes of the text in an ERROR: enough for a sentence in a log. */
  errorTextBytes: 200,
  /** Bytes of a host: a DNS name at its longest. */
  hostBytes: 253,
  /** Bytes of a peer's or a network's name (see the patterns in core). */
  nameBytes: 63,
} as const;
