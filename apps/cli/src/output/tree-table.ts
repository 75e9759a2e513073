import type { TreeEntry, TreeIndex } from '#chunking';
import { formatSize } from '#core';
import { clean } from './sanitize.js';
import type { Style } from './style.js';
import { renderTable } from './table.js';

/** One row for each file, folder and link, as `ls -l` has them. */
export const renderTree = ({ entries }: TreeIndex, style: Style): string =>
  renderTable(
    [{ title: 'mode' }, { title: 'size', align: 'right' }, { title: 'path' }],
    entries.map((entry) => [
      modeText(entry),
      entry.kind === 'file' ? formatSize(entry.size) : '',
      clean(entry.path) + (entry.kind === 'link' ? ` -> ${clean(entry.target)}` : ''),
    ]),
    style,
  );

const KINDS = { file: '-', folder: 'd', link: 'l' } as const;

/** `drwxr-xr-x` */
const modeText = (entry: TreeEntry): string => {
  const mode = entry.kind === 'link' ? 0o777 : entry.mode;
  const bits = Array.from({ length: 9 }, (_, at) => ((mode >> (8 - at)) & 1 ? 'rwx'.charAt(at % 3) : '-'));
  return KINDS[entry.kind] + bits.join('');
};
