import type { DownloadSettings } from './settings.js';

/** Milliseconds of data that a window holds for a round trip (undefined: not known). */
export const windowSpan = (roundTripMs: number | undefined, settings: DownloadSettings): number => {
  const forRoundTrip = settings.windowRoundTrips * (roundTripMs ?? 0);
  return Math.min(settings.windowMsMax, Math.max(settings.windowMs, forRoundTrip));
};

/**
 * Chunks that may be open over all sources (R6): what arrives in the window span at the present rate (bytes a
 * millisecond), within bounds of number and of bytes.
 */
export const openLimit = (
  rate: number,
  spanMs: number,
  chunkBytes: number,
  settings: DownloadSettings,
): number => {
  const byRate = Math.ceil((rate * spanMs) / chunkBytes);
  const bySize = Math.min(settings.smallChunksMin, Math.floor(settings.smallChunksBytes / chunkBytes));
  return Math.min(openCap(chunkBytes, settings), Math.max(settings.openChunksMin, bySize, byRate));
};

/** Chunks that may be open over all sources whatever the rate: bounds memory and the ledger. */
export const openCap = (chunkBytes: number, settings: DownloadSettings): number => {
  const byMemory = Math.max(2, Math.floor(settings.openBytesMax / chunkBytes));
  return Math.min(byMemory, settings.openChunksMax);
};

/** Chunks that may be open at one source of a rate (bytes a millisecond; undefined: not known). */
export const depthLimit = (
  rate: number | undefined,
  spanMs: number,
  chunkBytes: number,
  settings: DownloadSettings,
): number => {
  const byRate = Math.ceil(((rate ?? 0) * spanMs) / chunkBytes);
  return Math.min(settings.depthMax, Math.max(settings.depthMin, byRate));
};
