import { ShoalError } from './errors.js';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 40 lower-case hex digits: the first 20 bytes of SHA-256 over the peer's raw Ed25519 public key. */
export type PeerId = Brand<string, 'PeerId'>;
/** 64 lower-case hex digits: the digest of a manifest's content (see libs/chunking). */
export type FileId = Brand<string, 'FileId'>;
/** 0-based position of a chunk in its file. Chunk names shown to people are 1-based (`music1.txt` is chunk 0). */
export type ChunkIndex = number;
/** Grows with every connection that a peer makes to a broker: milliseconds since 1970 or the last one plus 1. */
export type Incarnation = number;

export const PEER_ID_PATTERN = /^[0-9a-f]{40}$/;
export const FILE_ID_PATTERN = /^[0-9a-f]{64}$/;
export const ANCHOR_NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/;
export const PEER_NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;
export const LABEL_KEY_PATTERN = /^[a-z][a-z0-9-]{0,31}$/;
export const LABEL_VALUE_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;
export const NETWORK_ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws ShoalError `bad-id` */
export const parsePeerId = (text: string): PeerId => {
  if (!PEER_ID_PATTERN.test(text)) {
    throw new ShoalError('bad-id', `"${clip(text)}" is not a peer id (40 lower-case hex digits)`);
  }
  return text as PeerId;
};

/** @throws ShoalError `bad-id` */
export const parseFileId = (text: string): FileId => {
  if (!FILE_ID_PATTERN.test(text)) {
    throw new ShoalError('bad-id', `"${clip(text)}" is not a file id (64 lower-case hex digits)`);
  }
  return text as FileId;
};

/** The first digits of an id, as shown to people. */
export const shortId = (id: string): string => id.slice(0, 8);

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
