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

const tailOf = (file: string): string => {
  try {
    return readFileSync(file).subarray(-TAIL).toString('utf8');
  } catch {
    return '';
  }
};

const messageOf = (line: string): string | undefined => {
  try {
    const record = JSON.parse(line) as { msg?: unknown } | null;
    return typeof record?.msg === 'string' ? record.msg : undefined;
  } catch {
    return undefined;
  }
};
