import type { FileRow } from '#contracts';
import { formatSize } from '#core';
import { print, styleOf, type Context } from '../context.js';
import { pagesOf } from '../network/file-pages.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { kindOf } from '../output/listings.js';
import { clean } from '../output/sanitize.js';
import type { Style } from '../output/style.js';
import { renderTable } from '../output/table.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface LsOptions extends NetworkOptions {
  /** Older versions, too. */
  readonly all?: boolean | undefined;
}

type VersionRow = FileRow['versions'][number] & { readonly name: string; readonly latest: boolean };

/** The files of the network. Unlike `search`, an empty list is an answer and no failure. */
export const ls = async (
  pattern: string | undefined,
  options: LsOptions,
  context: Context,
): Promise<ExitCode> => {
  const broker = await makeBroker(placeFor(options, context), 'ls', context);
  const rows: VersionRow[] = [];
  await withAnchors(
    broker,
    async (anchors) => {
      for await (const page of pagesOf(anchors, pattern ?? '*')) {
        rows.push(...page.flatMap(versionsOf).filter(({ latest }) => latest || options.all === true));
      }
    },
    context.interrupts(),
  );
  if (options.json === true) for (const row of rows) print(context, JSON.stringify(row));
  else if (rows.length > 0) print(context, renderVersions(rows, styleOf(context, context.stdout)));
  else print(context, pattern === undefined ? 'no file is published' : 'no file matches');
  return EXIT.ok;
};

/** The latest first. */
const versionsOf = ({ name, latest, versions }: FileRow): VersionRow[] =>
  [...versions]
    .sort((a, b) => b.version - a.version)
    .map((row) => ({ name, ...row, latest: row.version === latest }));

const renderVersions = (rows: readonly VersionRow[], style: Style): string =>
  renderTable(
    [
      { title: 'name' },
      { title: 'version', align: 'right' },
      { title: 'kind' },
      { title: 'size', align: 'right' },
      { title: 'chunks', align: 'right' },
      { title: 'holders', align: 'right' },
    ],
    rows.map((row) => [
      clean(row.name),
      String(row.version),
      kindOf(row),
      formatSize(row.size),
      String(row.chunkCount),
      row.holderCount === 0 ? style.warn('0') : String(row.holderCount),
    ]),
    style,
  );
