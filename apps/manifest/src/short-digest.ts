import { createHash } from 'node:crypto';

/** Stands for a text of any length in a message id, which has at most 255 bytes: as many as a name alone may have. */
export const shortDigest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);
