import { formatSize, KIB } from '#core';

/** `1.5 KiB (1536 bytes)`; nothing is said twice about a few bytes. */
export const sizeText = (bytes: number): string =>
  bytes < KIB ? formatSize(bytes) : `${formatSize(bytes)} (${bytes} bytes)`;

/** `1 chunk`, `3 chunks`. */
export const counted = (count: number, word: string): string => `${count} ${count === 1 ? word : `${word}s`}`;
