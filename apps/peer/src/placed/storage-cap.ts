import { GIB } from '#core';
import type { StorageOffer } from '#contracts';

/** What a peer keeps for others when nobody has said how much, at most. */
const DEFAULT_MAX = 10 * GIB;

export interface StorageFacts {
  /** Bytes that others may place here; 'default': nobody has said. */
  readonly max: number | 'default';
  /** Bytes that they have placed. */
  readonly placed: number;
  /** Bytes that are free on that disk. */
  readonly disk: number;
}

/** The cap, and what still fits below it and on the disk. Unsaid, it is never more than half of what the disk could give. */
export const offerOf = ({ max, placed, disk }: StorageFacts): StorageOffer => {
  const cap = max === 'default' ? Math.min(DEFAULT_MAX, Math.floor((disk + placed) / 2)) : max;
  return { max: cap, free: Math.max(0, Math.min(cap - placed, disk)) };
};
