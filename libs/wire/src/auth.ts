import { createHash } from 'node:crypto';
import type { PeerId } from '#core';
import { encodeHello } from './encode.js';
import { PEER_ID_BYTES } from './limits.js';
import type { Hello, Role } from './messages.js';

/** A peer's key, as far as the handshake needs it. */
export interface Identity {
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(text: Uint8Array): Uint8Array;
}

/** Whether `signature` is `publicKey`'s Ed25519 signature over `text`. False for a key that is none. */
export type VerifySignature = (publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array) => boolean;

/** The first 20 bytes of SHA-256 over the raw public key, hex. */
export const peerIdOf = (publicKey: Uint8Array): PeerId =>
  createHash('sha256').update(publicKey).digest().subarray(0, PEER_ID_BYTES).toString('hex') as PeerId;

/**
 * What a side signs: `shoal-auth-1` NUL, the signer's role (u8: 0 dialer, 1 listener), then the bodies of the dialer's
 * and the listener's HELLO, each after its length (u32). So a signature holds for this network, these two keys, nonces,
 * incarnations and addresses, and for one side only: it can neither be replayed nor reflected.
 */
export const authText = (signer: Role, dialer: Hello, listener: Hello): Buffer => {
  const parts: Buffer[] = [
    Buffer.from('shoal-auth-1\0', 'latin1'),
    Buffer.from([signer === 'dialer' ? 0 : 1]),
  ];
  for (const hello of [dialer, listener]) {
    const body = encodeHello(hello);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    parts.push(length, body);
  }
  return Buffer.concat(parts);
};
