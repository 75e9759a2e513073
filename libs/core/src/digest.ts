/** Digest algorithms that a manifest may name. Every peer understands all of them. */
export const DIGEST_ALGORITHMS = ['sha256', 'blake3'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

/** Bytes of a digest; the same for all algorithms. */
export const DIGEST_BYTES = 32;
