import { KIB, MIB } from '#core';
import { WIRE_LIMITS } from '#wire';

/**
 * Bytes in one write of a slow connection (policy R8). With 64 KiB a 50 Mbit/s shaper saw packets of 1.3 KB instead of 6.2 KB
 * and cost both ends half as much CPU again.
 */
const WRITE_MIN = 16 * KIB;
/** ... and of a fast one, where system calls are what a write costs: 1 MiB costs half the CPU of 64 KiB. */
const WRITE_MAX = 1 * MIB;
/** Bytes a millisecond (80 Mbit/s) from which on a connection is fast: no shaper sees its packets one by one. */
const FAST = 10_000;
/** A frame is what the link carries in at most this time, milliseconds. */
const FRAME_MS = 8;
/** Bytes in one DATA frame of a slow link: CANCEL stops a chunk at the end of a frame. */
const FRAME_MIN = 128 * KIB;

/** Bytes a millisecond that this peer's uploads reach; undefined: unknown. */
export type UploadRate = number | undefined;

/** Bytes in one write. */
export const writeSize = (rate: UploadRate): number => ((rate ?? 0) > FAST ? WRITE_MAX : WRITE_MIN);

/** Bytes in one DATA frame, a power of two; never less than in one write of a slow connection. */
export const frameSize = (rate: UploadRate): number => {
  const bytes = (rate ?? 0) * FRAME_MS;
  return bytes > FRAME_MIN ? Math.min(WIRE_LIMITS.dataBytes, 2 ** Math.floor(Math.log2(bytes))) : FRAME_MIN;
};
