import { createHash } from 'node:crypto';
import type { FileId } from '#core';

/**
 * 16 hex digits over what a peer holds: SHA-256 of the sorted lines `fileId count`. Both sides compute it; a difference
 * means that an acknowledgement was lost or Redis is new, and asks for a full report.
 */
export const holdingsDigest = (held: Iterable<readonly [FileId, number]>): string => {
  const lines = [...held].filter(([, count]) => count > 0).map(([fileId, count]) => `${fileId} ${count}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex').slice(0, 16);
};
