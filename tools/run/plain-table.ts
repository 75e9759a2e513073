import Table from 'cli-table3';
import pc from 'picocolors';

/** Columns by spaces only. */
const LINES = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
] as const;
const CHARACTERS = { ...Object.fromEntries(LINES.map((line) => [line, ''])), middle: '  ' };

/** A table without lines, for a terminal. */
export const plainTable = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };
  const table = new Table({ head: head.map((word) => pc.dim(word)), chars: CHARACTERS, style });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replaceAll(/ +$/gm, '');
};
