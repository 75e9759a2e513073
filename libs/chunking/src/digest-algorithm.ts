import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { blake3 as portableBlake3 } from '@noble/hashes/blake3.js';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '#core';

/** A digest of bytes that come in slices. */
export interface RunningDigest {
  update(slice: Uint8Array): void;
  digest(): Uint8Array;
}

export const isDigestAlgorithm = (name: string): name is DigestAlgorithm =>
  (DIGEST_ALGORITHMS as readonly string[]).includes(name);

/** The digest of one chunk that is in memory. */
export const digestBytes = (algorithm: DigestAlgorithm, bytes: Uint8Array): Uint8Array => {
  if (algorithm === 'sha256') return createHash('sha256').update(bytes).digest();
  return native()?.blake3(bytes) ?? portableBlake3(bytes);
};

export const runningDigest = (algorithm: DigestAlgorithm): RunningDigest => {
  if (algorithm === 'sha256') return createHash('sha256');
  const addon = native();
  if (addon === undefined) return portableBlake3.create();
  const hasher = new addon.Blake3Hasher();
  return { update: (slice) => void hasher.update(slice), digest: () => hasher.digestBuffer() };
};

/**
 * What new manifests use. BLAKE3 where its addon runs: 0.18 CPU seconds a GiB against 0.6 of SHA-256 (docs/adr/0007). Without
 * the addon SHA-256: BLAKE3 in JavaScript can check what others published, but would be the slower one to publish with.
 */
export const preferredDigestAlgorithm = (): DigestAlgorithm => (native() === undefined ? 'sha256' : 'blake3');

/** What is used of `@napi-rs/blake-hash`. */
interface Blake3Addon {
  blake3(bytes: Uint8Array): Uint8Array;
  readonly Blake3Hasher: new () => { update(slice: Uint8Array): unknown; digestBuffer(): Uint8Array };
}

let addon: Blake3Addon | 'missing' | undefined;

/** Loads what digests need now; else the first one of each process waits for it. */
export const loadDigests = (): void => {
  native();
};

/** Loaded when it is first needed; undefined where no binary of it runs. */
const native = (): Blake3Addon | undefined => {
  addon ??= load();
  return addon === 'missing' ? undefined : addon;
};

const load = (): Blake3Addon | 'missing' => {
  try {
    return createRequire(import.meta.url)('@napi-rs/blake-hash') as Blake3Addon;
  } catch {
    return 'missing';
  }
};
