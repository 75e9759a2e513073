import stringWidth from 'string-width';
import type { Style } from './style.js';

export interface Column {
  readonly title: string;
  /** Numbers and sizes stand to the right. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
const ASCII = /^[\x20-\x7e]*$/;

/** Columns of a terminal that the text takes. */
const widthOf = (text: string): number => (ASCII.test(text) ? text.length : stringWidth(text));

/**
 * Rows as aligned columns without borders, ready for grep and awk; no trailing blanks. Linear in the number of rows: a
 * manifest has up to 65,536.
 */
export const renderTable = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): string => {
  const titles = columns.map(({ title }) => title.toUpperCase());
  const widths = titles.map(widthOf);
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))));
  }
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  return [style.bold(line(titles)), ...rows.map(line)].join('\n');
};

const pad = (cell: string, width: number, align: 'left' | 'right'): string => {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(cell)));
  return align === 'left' ? cell + blanks : blanks + cell;
};

/** `key  value` lines with the values below each other. */
export const renderFacts = (facts: readonly (readonly [string, string])[], style: Style): string => {
  const width = Math.max(0, ...facts.map(([key]) => widthOf(key)));
  return facts.map(([key, value]) => `${style.dim(pad(key, width, 'left'))}${GAP}${value}`).join('\n');
};
