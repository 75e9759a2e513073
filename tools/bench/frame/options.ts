import { parseArgs } from 'node:util';
import { parseSize, ShoalError } from '#core';

/** What a person asked for. */
export interface Options {
  /** Benches, in the order of the registry. */
  readonly benches: readonly string[];
  readonly json: boolean;
  /** One short run of each case. */
  readonly quick: boolean;
  /** Runs of each tool in each case. */
  readonly runs: number;
  /** Only these tools and cases; all when left out. */
  readonly tools?: readonly string[];
  readonly cases?: readonly string[];
  /** Bytes of the file that is moved, instead of the bench's own. */
  readonly size?: number;
  /** The results go into the docs although they are of fewer runs or tools than usual. */
  readonly write: boolean;
}

export const DEFAULT_RUNS = 5;
const RUNS_MAX = 100;
const SIZE_MAX = 64 * 1_024 ** 3;

const list = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

const wrong = (what: string, wants: string): ShoalError =>
  new ShoalError('bad-config', what, { hint: wants });

const runsFrom = (text: string | undefined, quick: boolean): number => {
  if (text === undefined) return quick ? 1 : DEFAULT_RUNS;
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= RUNS_MAX) return runs;
  throw wrong(`--runs is "${text}"`, `It wants a number from 1 to ${RUNS_MAX}.`);
};

const sizeFrom = (text: string): number => {
  const size = parseSize(text);
  if (size >= 1 && size <= SIZE_MAX) return size;
  throw wrong(`--size is "${text}"`, 'It wants 1 byte to 64 GiB, like 512MiB.');
};

/**
 * Undefined: help was asked for (or no bench was named).
 * @throws ShoalError `bad-config` with what to change
 */
export const readOptions = (words: readonly string[], known: readonly string[]): Options | undefined => {
  const { values, positionals } = parse(words);
  if (values.help || positionals.length + Number(values.quick) === 0) return undefined;
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw wrong(`there is no bench "${unknown}"`, `There are ${known.join(', ')}.`);
  }
  const tools = list(values.tools);
  const cases = list(values.cases);
  return {
    benches: known.filter((name) => positionals.length === 0 || positionals.includes(name)),
    json: values.json,
    quick: values.quick,
    write: values.write,
    runs: runsFrom(values.runs, values.quick),
    ...(tools === undefined ? {} : { tools }),
    ...(cases === undefined ? {} : { cases }),
    ...(values.size === undefined ? {} : { size: sizeFrom(values.size) }),
  };
};

const parse = (words: readonly string[]) => {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        runs: { type: 'string' },
        tools: { type: 'string' },
        cases: { type: 'string' },
        size: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (thrown) {
    throw wrong((thrown as Error).message, 'npm run bench -- --help shows what there is.');
  }
};
