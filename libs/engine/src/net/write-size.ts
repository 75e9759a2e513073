import { KIB, MIB } from '#core';
import { WIRE_LIMITS } from '#wire';

/**
 * Bytes in one write of a slow connection (policy R8). With 64 KiB a 50 Mbit/s shaper saw packets of 1.3 KB instead of 6.2 KB
 * and cost both ends half as much CPU again.
 */
const WRITE_MIN = 16 * KIB;
/** ... and of a fast one, where system calls are what a write costs: 1 MiB costs half the CPU of 64 KiB. */
const WRITE_MAX = 1 * MIB;
/** A write is what the link carries in about this time, milliseconds. */
const WRITE_MS = 1;
/** Bytes in one DATA frame of a slow link: CANCEL stops a chunk at the end of a frame. */
const FRAME_MIN = 128 * KIB;

/** Bytes in one write, a power of two. @param rate bytes a millisecond that this peer's uploads reach; undefined: unknown */
export const writeSize = (rate: number | undefined): number => {
  if (rate === undefined || !(rate * WRITE_MS > WRITE_MIN)) return WRITE_MIN;
  return Math.min(WRITE_MAX, 2 ** Math.floor(Math.log2(rate * WRITE_MS)));
};

/** Bytes in one DATA frame; a frame is never smaller than the writes that it is made of. */
export const frameSize = (writeBytes: number): number =>
  Math.min(WIRE_LIMITS.dataBytes, Math.max(FRAME_MIN, writeBytes));
