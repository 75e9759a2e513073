import { readFileSync } from 'node:fs';

const TAIL_LINES = 20;

/** The last lines of a log that say something; a sentence when there is none. */
export const tailOf = (file: string, lines = TAIL_LINES): string => {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Shown as empty.
  }
  const said = text.split('\n').filter((line) => line.trim() !== '');
  return said.length === 0
    ? '  (it is empty)'
    : said
        .slice(-lines)
        .map((line) => `  ${line}`)
        .join('\n');
};
