import { InvalidArgumentError } from 'commander';
import { parseDuration, parseRate, parseSize, type ShoalError } from '#core';

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
/** Milliseconds. */
export const durationArgument = (text: string): number => atLeast(1, argument(parseDuration)(text));

/** A chunk as people count: from 1. */
export const chunkArgument = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return atLeast(1, Number(text));
};

/** For a flag that may be given several times. */
export const collect = (text: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  text,
];
