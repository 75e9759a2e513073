import { KIB, MIB } from '#core';
import { WIRE_LIMITS } from '#wire';

/**
 * Bytes in one write of a slow connection (policy R8). With 64 KiB a 50 Mbit/s shaper saw packets of 1.3 KB instead of 6.2 KB
 * and cost both ends half as much CPU again.
 */
const WRITE_MIN = 16 * KIB;
/** ... and of a fast one, where system calls are what a write costs: 1 MiB costs half the CPU of 64 KiB. */
const WRITE_MAX = 1 * MIB;
/** A write is what the link carries in at most this time, milliseconds; a frame in at most this. */
const WRITE_MS = 2;
const FRAME_MS = 8;
/** Bytes in one DATA frame of a slow link: CANCEL stops a chunk at the end of a frame. */
const FRAME_MIN = 128 * KIB;

/** Bytes a millisecond that this peer's uploads reach; undefined: unknown. */
export type UploadRate = number | undefined;

/** Bytes in one write, a power of two. */
export const writeSize = (rate: UploadRate): number => within(WRITE_MIN, rate, WRITE_MS, WRITE_MAX);

/** Bytes in one DATA frame, a power of two; never less than in one write. */
export const frameSize = (rate: UploadRate): number =>
  within(FRAME_MIN, rate, FRAME_MS, WIRE_LIMITS.dataBytes);

const within = (least: number, rate: UploadRate, milliseconds: number, most: number): number => {
  const bytes = (rate ?? 0) * milliseconds;
  return bytes > least ? Math.min(most, 2 ** Math.floor(Math.log2(bytes))) : least;
};
