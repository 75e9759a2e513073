import { InvalidArgumentError } from 'commander';
import { MESSAGE_LIMITS } from '#contracts';
import { parseDuration, parseRate, parseSize, rangesOf, type ShoalError } from '#core';

/** Says a ShoalError of a flag's value the way commander says it. */
const argument =
  (parse: (text: string) => number) =>
  (text: string): number => {
    try {
      return parse(text);
    } catch (error) {
      const { message, hint } = error as ShoalError;
      throw new InvalidArgumentError(hint === undefined ? `${message}.` : `${message}. ${hint}`);
    }
  };

const atLeast = (least: number, value: number): number => {
  if (value >= least) return value;
  throw new InvalidArgumentError(`It must be at least ${least}.`);
};

/** Bytes. */
export const sizeArgument = (text: string): number => atLeast(1, argument(parseSize)(text));
/** Bytes a second. */
export const rateArgument = (text: string): number => atLeast(1, argument(parseRate)(text));
/** Bytes a second, or 0 for no limit: the parser of flags takes null for no value. */
export const limitArgument = (text: string): number => (text === 'none' ? 0 : rateArgument(text));
/** Milliseconds. */
export const durationArgument = (text: string): number => atLeast(1, argument(parseDuration)(text));

/** Most chunks that a file can have. */
const CHUNKS_MAX = 65_536;

/** `1-4,7` as people count chunks, as ascending `[start, end)` pairs that count from 0. */
export const chunksArgument = (text: string): [number, number][] => {
  const parts = text.split(',').map((part) => /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part));
  const indexes = new Set<number>();
  for (const part of parts) {
    const first = Number(part?.[1] ?? 0);
    const last = Number(part?.[2] ?? first);
    if (first < 1 || last < first || last > CHUNKS_MAX) {
      throw new InvalidArgumentError('It must be chunk numbers from 1 on, like 1-4,7.');
    }
    for (let number = first; number <= last; number++) indexes.add(number - 1);
  }
  return rangesOf(indexes).map(({ start, end }) => [start, end]);
};

/** A chunk as people count: from 1. */
export const chunkArgument = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return atLeast(1, Number(text));
};

/** Copies of each chunk. */
export const copiesArgument = (text: string): number => {
  const copies = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (copies >= 1 && copies <= MESSAGE_LIMITS.copies) return copies;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MESSAGE_LIMITS.copies}.`);
};

/** A whole number from 0 on. */
export const countArgument = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return Number(text);
};

/** For a flag that may be given several times. */
export const collect = (text: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  text,
];
