import type { LocalStatus } from '#contracts';
import { formatRate, formatSize, shortId } from '#core';
import { labelsOf } from './listings.js';
import { addressOf } from './manifest-table.js';
import { clean } from './sanitize.js';
import { counted } from './sizes.js';
import type { Style } from './style.js';
import { renderFacts, renderTable } from './table.js';

/** Everything about one peer of this machine. */
export const renderStatus = (status: LocalStatus, style: Style): string => {
  const facts = renderFacts(
    [
      ['peer', `${style.bold(clean(status.name))} ${status.peerId}`],
      ['software', clean(status.software)],
      ['network', `${clean(status.networkId)}, ${connectionOf(status, style)}`],
      ['address', `${addressOf(status)}${status.reachable ? '' : style.warn(' (not reachable)')}`],
      ['roots', status.roots.map(clean).join(', ')],
      ['labels', labelsOf(status.labels) || '-'],
      ['limits', `up ${limit(status.upRate)}, down ${limit(status.downRate)}`],
      ...placedFacts(status),
      ...trafficFacts(status),
      ['links', `${status.neighbours} to other peers`],
      ['engine', status.enginePid === undefined ? style.warn('down') : `pid ${status.enginePid}`],
    ],
    style,
  );
  return status.transfers.length === 0 ? facts : `${facts}\n\n${transferTable(status, style)}`;
};

/** One row a peer. */
export const renderStatuses = (all: readonly LocalStatus[], style: Style): string => {
  const rows = all.map((status) => [
    clean(status.name),
    shortId(status.peerId),
    addressOf(status),
    connectionOf(status, style),
    String(status.transfers.length),
    status.roots.map(clean).join(', '),
  ]);
  const columns = [
    { title: 'peer' },
    { title: 'id' },
    { title: 'address' },
    { title: 'anchor' },
    { title: 'files', align: 'right' },
    { title: 'roots' },
  ] as const;
  return renderTable(columns, rows, style);
};

const trafficFacts = ({ traffic }: LocalStatus): [string, string][] => {
  if (traffic === undefined) return [];
  const { sentBytes, receivedBytes } = traffic;
  return [
    ['traffic', `${formatSize(sentBytes)} sent, ${formatSize(receivedBytes)} received since it started`],
  ];
};

const placedFacts = ({ placed }: LocalStatus): [string, string][] => {
  if (placed === undefined) return [];
  const { bytes, max, free, files } = placed;
  const text = `${formatSize(bytes)} of ${formatSize(max)} in ${counted(files, 'file')}, ${formatSize(free)} free`;
  return [['kept for others', text]];
};

const transferTable = ({ transfers }: LocalStatus, style: Style): string => {
  const rows = transfers.map((file) => [
    clean(file.name ?? shortId(file.fileId)),
    file.files === undefined ? 'file' : `tree of ${file.files}`,
    formatSize(file.size),
    `${file.held}/${file.chunkCount}`,
    file.state === 'failed' ? style.bad(file.state) : file.state,
    file.state === 'downloading' ? `${formatRate(file.rate)} from ${file.sources}` : '',
    clean(file.path),
  ]);
  const columns = [
    { title: 'file' },
    { title: 'kind' },
    { title: 'size', align: 'right' },
    { title: 'chunks', align: 'right' },
    { title: 'state' },
    { title: 'rate' },
    { title: 'path' },
  ] as const;
  return renderTable(columns, rows, style);
};

const connectionOf = ({ connected, anchor }: LocalStatus, style: Style): string => {
  if (!connected) return style.warn('no broker');
  return anchor === undefined ? style.warn('no anchor') : clean(anchor);
};

const limit = (bytes: number): string => (bytes > 0 ? formatRate(bytes) : 'unlimited');
