import { readFileSync } from 'node:fs';

/** Bytes of the end of a log that are looked at. */
const TAIL = 16_384;

/** What a process said last: the message where a line is a JSON record, else the line. Empty when there is nothing. */
export const lastLogLine = (file: string): string => {
  let text: string;
  try {
    text = readFileSync(file).subarray(-TAIL).toString('utf8');
  } catch {
    return '';
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const last = lines.at(-1);
  return last === undefined ? '' : messageOf(last);
};

const messageOf = (line: string): string => {
  try {
    const record = JSON.parse(line) as { msg?: unknown };
    return typeof record.msg === 'string' ? record.msg : line;
  } catch {
    return line;
  }
};
