/** Chunks `start` (in) to `end` (out). */
export interface ChunkRange {
  readonly start: number;
  readonly end: number;
}

/** Ascending indexes as ascending, non-touching ranges. Duplicates and any order are fine. */
export const rangesOf = (indexes: Iterable<number>): ChunkRange[] => {
  const sorted = [...indexes].sort((a, b) => a - b);
  const ranges: { start: number; end: number }[] = [];
  for (const index of sorted) {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && index <= last.end) last.end = Math.max(last.end, index + 1);
    else ranges.push({ start: index, end: index + 1 });
  }
  return ranges;
};

export const countOf = (ranges: Iterable<ChunkRange>): number => {
  let count = 0;
  for (const range of ranges) count += range.end - range.start;
  return count;
};

/** `1-4, 7` with 1-based, inclusive numbers, as people read chunk numbers. */
export const formatRanges = (ranges: readonly ChunkRange[]): string =>
  ranges.map(({ start, end }) => (end - start === 1 ? `${start + 1}` : `${start + 1}-${end}`)).join(', ');
