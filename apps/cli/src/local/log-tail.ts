import { readFileSync } from 'node:fs';

/** Bytes of the end of a log that are looked at. */
const TAIL = 16_384;

/**
 * What a process said last: the message of a JSON record, else the last two lines (a message and its hint). Empty when
 * there is nothing.
 */
export const lastWordsIn = (file: string): string => {
  const lines = tailOf(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const last = lines.at(-1);
  if (last === undefined) return '';
  return (
    messageOf(last) ??
    lines
      .slice(-2)
      .filter((line) => messageOf(line) === undefined)
      .join(' ')
  );
};

/** The code of the error that it said last, if it ended with one. */
export const lastCodeIn = (file: string): string | undefined => {
  const last = tailOf(file).trimEnd().split('\n').at(-1) ?? '';
  const code = recordOf(last)?.['code'];
  return typeof code === 'string' ? code : undefined;
};

const tailOf = (file: string): string => {
  try {
    return readFileSync(file).subarray(-TAIL).toString('utf8');
  } catch {
    return '';
  }
};

const messageOf = (line: string): string | undefined => {
  const message = recordOf(line)?.['msg'];
  return typeof message === 'string' ? message : undefined;
};

const recordOf = (line: string): Record<string, unknown> | undefined => {
  try {
    return (JSON.parse(line) as Record<string, unknown> | null) ?? undefined;
  } catch {
    return undefined;
  }
};
