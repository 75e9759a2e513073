import { formatDuration, formatRanges, formatRate, formatSize, shortId } from '#core';
import type { DeliveredEvent, DoneEvent, NoticeEvent, StartedEvent, TransferEvent } from './events.js';
import { clean } from './sanitize.js';
import { counted, sizeText } from './sizes.js';
import type { Style } from './style.js';
import { renderFacts, renderTable } from './table.js';

/** What a person reads when the event comes; undefined for those that only move the bar. */
export const describeEvent = (event: TransferEvent, style: Style): string | undefined => {
  switch (event.event) {
    case 'started':
      return describeStart(event);
    case 'notice':
      return describeNotice(event, style);
    case 'done':
      if (event.outcome === 'shared') return describeShare(event, style);
      return event.outcome === 'downloaded' || event.outcome === 'already-there'
        ? describeDownload(event, style)
        : describePublication(event, style);
    case 'asked':
      return `${clean(event.peer)} was asked${event.created ? '' : ' before'}: distribution ${clean(event.distributionId)}`;
    case 'delivered':
      return describeDelivery(event, style);
    case 'placing':
      return `having the network keep ${placementOf(event)}`;
    case 'placed':
      return describePlacement(event, style);
    case 'checked':
      return `${style.good('checked:')} the file on disk has this SHA-256`;
    case 'serving':
      return `serving ${clean(event.file)} from this process; Ctrl-C ends it`;
    case 'digesting':
    case 'progress':
      return undefined;
  }
};

/** `music.txt@2`, or the first digits of the file id where there is no name. */
export const fileLabel = (file: {
  readonly name?: string | undefined;
  readonly version?: number | undefined;
  readonly fileId: string;
}): string =>
  file.name === undefined
    ? shortId(file.fileId)
    : clean(file.name) + (file.version === undefined ? '' : `@${file.version}`);

type PlacedEvent = Extract<TransferEvent, { event: 'placed' }>;

const placementOf = ({ copies, storage }: Pick<PlacedEvent, 'copies' | 'storage'>): string =>
  [
    ...(copies > 0 ? [`${copies} ${copies === 1 ? 'copy' : 'copies'} of each chunk`] : []),
    ...(storage ? ['the whole on the storage peers'] : []),
  ].join(', ');

const describePlacement = (event: PlacedEvent, style: Style): string => {
  const title = `${style.good('placed:')} the network keeps ${fileLabel(event)} without this peer: ${placementOf(event)}`;
  if (event.peers.length === 0) return title;
  const rows = event.peers.map(({ name, peerId, size, ranges }) => [
    clean(name),
    shortId(peerId),
    formatSize(size),
    formatRanges(ranges.map(([start, end]) => ({ start, end }))),
  ]);
  const columns = [
    { title: 'kept by' },
    { title: 'peer' },
    { title: 'bytes', align: 'right' },
    { title: 'chunks' },
  ] as const;
  return [title, renderTable(columns, rows, style)].join('\n');
};

const describeStart = (event: StartedEvent): string => {
  const chunks = counted(event.chunkCount, 'chunk');
  const resumed = event.resumed > 0 ? `, ${event.resumed} of them are here already` : '';
  return `${fileLabel(event)}: ${formatSize(event.size)} in ${chunks}${resumed}`;
};

const describeNotice = (event: NoticeEvent, style: Style): string =>
  `${style.warn(event.kind === 'wrong-bytes' ? 'warning:' : 'note:')} ${clean(event.message)}`;

const describePublication = (event: DoneEvent, style: Style): string => {
  const label = fileLabel(event);
  const said: Partial<Record<DoneEvent['outcome'], string>> = {
    created: `published ${label}`,
    'new-version': `published ${label}: a new version`,
    unchanged: `unchanged: ${label} has this content already`,
  };
  return [
    style.good(said[event.outcome] ?? label),
    renderFacts(
      [
        ...treeFact(event),
        ['size', `${sizeText(event.size)}, read in ${formatDuration(event.milliseconds)}`],
        ['sha256', event.sha256],
        ['file id', event.fileId],
      ],
      style,
    ),
  ].join('\n');
};

const describeShare = (event: DoneEvent, style: Style): string => {
  const what = fileLabel(event);
  const chunks = event.only?.map(([start, end]) => ({ start, end }));
  const said =
    chunks === undefined
      ? `shares ${what}, every chunk of it`
      : `shares of ${what} chunks ${formatRanges(chunks)}`;
  return [
    style.good(said),
    renderFacts(
      [
        ['folder', `${clean(event.path)}, read in ${formatDuration(event.milliseconds)}`],
        ['file id', event.fileId],
      ],
      style,
    ),
  ].join('\n');
};

const describeDownload = (event: DoneEvent, style: Style): string => {
  const there = event.outcome === 'already-there';
  const what = fileLabel(event);
  if (event.only !== undefined) {
    const chunks = formatRanges(event.only.map(([start, end]) => ({ start, end })));
    const some = `${event.only.reduce((sum, [start, end]) => sum + end - start, 0) === 1 ? 'chunk' : 'chunks'} ${chunks} of ${what}`;
    const title = style.good(there ? `there already: ${some}` : `downloaded ${some}`);
    return [title, ...sourcesOf(event.from, style)].join('\n');
  }
  const title = there ? `${what} is there already` : `downloaded ${what}`;
  const facts = renderFacts(
    [
      ['path', clean(event.path)],
      ...treeFact(event),
      ['size', sizeOf(event.size, there ? undefined : event.milliseconds)],
      ['sha256', event.sha256],
    ],
    style,
  );
  return [style.good(title), facts, ...sourcesOf(event.from, style)].join('\n');
};

const describeDelivery = (event: DeliveredEvent, style: Style): string => {
  const { from = [] } = event;
  // From nobody: it was there already, in no time.
  const wasThere = event.from?.length === 0;
  const facts: [string, string][] = [['size', sizeOf(event.size, wasThere ? undefined : event.milliseconds)]];
  if (event.path !== undefined) facts.unshift(['path', `${clean(event.peer)}:${clean(event.path)}`]);
  facts.push(...treeFact(event));
  if (event.sha256 !== undefined) facts.push(['sha256', clean(event.sha256)]);
  const title = style.good(`${clean(event.peer)} has ${fileLabel(event)}`);
  return [title, renderFacts(facts, style), ...sourcesOf(from, style)].join('\n');
};

/** How many files a tree has. */
const treeFact = ({ files }: { readonly files?: number | undefined }): [string, string][] =>
  files === undefined ? [] : [['files', String(files)]];

const sizeOf = (size: number, milliseconds: number | undefined): string => {
  const plain = sizeText(size);
  if (milliseconds === undefined) return plain;
  const rate = (size / Math.max(1, milliseconds)) * 1_000;
  return `${plain} in ${formatDuration(milliseconds)}, ${formatRate(rate)}`;
};

const sourcesOf = (from: DoneEvent['from'], style: Style): string[] => {
  if (from.length === 0) return [];
  const rows = [...from]
    .sort((a, b) => b.bytes - a.bytes)
    .map((source) => [
      clean(source.name ?? '-'),
      shortId(source.peerId),
      String(source.chunks),
      formatSize(source.bytes),
    ]);
  const columns = [
    { title: 'source' },
    { title: 'peer' },
    { title: 'chunks', align: 'right' },
    { title: 'bytes', align: 'right' },
  ] as const;
  return [renderTable(columns, rows, style)];
};
