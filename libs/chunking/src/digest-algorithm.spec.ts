import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blake3 as portableBlake3 } from '@noble/hashes/blake3.js';
import { DIGEST_ALGORITHMS, DIGEST_BYTES, type DigestAlgorithm } from '#core';
import {
  digestBytes,
  isDigestAlgorithm,
  preferredDigestAlgorithm,
  runningDigest,
} from './digest-algorithm.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at % 251);

/** From the BLAKE3 reference test vectors: input byte n is n mod 251. */
const BLAKE3_VECTORS: Record<number, string> = {
  0: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
  1: '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
  1024: '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
  2049: '5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030',
};

describe('digest algorithms', () => {
  it.each(Object.entries(BLAKE3_VECTORS))(
    'BLAKE3 of %s bytes is that of the specification',
    (length, digest) => {
      expect(hex(digestBytes('blake3', pattern(Number(length))))).toBe(digest);
      expect(hex(portableBlake3(pattern(Number(length))))).toBe(digest);
    },
  );

  it('SHA-256 is that of Node', () => {
    expect(hex(digestBytes('sha256', pattern(100)))).toBe(
      createHash('sha256').update(pattern(100)).digest('hex'),
    );
  });

  it.each(DIGEST_ALGORITHMS)('%s comes to the same in slices as at once', (algorithm: DigestAlgorithm) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 6 }), (slices) => {
        const running = runningDigest(algorithm);
        for (const slice of slices) running.update(slice);
        const digest = running.digest();
        expect(digest).toHaveLength(DIGEST_BYTES);
        expect(hex(digest)).toBe(hex(digestBytes(algorithm, Buffer.concat(slices))));
      }),
    );
  });

  it('prefers BLAKE3 where its addon runs', () => {
    const runs = (): boolean => {
      try {
        createRequire(import.meta.url)('@napi-rs/blake-hash');
        return true;
      } catch {
        return false;
      }
    };
    expect(preferredDigestAlgorithm()).toBe(runs() ? 'blake3' : 'sha256');
  });

  it.each(['md5', '', 'SHA256', 'constructor'])('does not know %j', (name) => {
    expect(isDigestAlgorithm(name)).toBe(false);
  });
});
