import type { FileRow, PeerRow, ReplyBody } from '#contracts';
import { formatDuration, formatSize, shortId } from '#core';
import { addressOf } from './manifest-table.js';
import { clean } from './sanitize.js';
import type { Style } from './style.js';
import { fileLabel } from './summary.js';
import { renderTable } from './table.js';

/** One row for each version, the latest first. */
export const renderFiles = (files: readonly FileRow[], now: number, style: Style): string => {
  const rows = files.flatMap(({ name, latest, versions }) =>
    [...versions]
      .sort((a, b) => b.version - a.version)
      .map((row) => [
        `${clean(name)}@${row.version}${row.version === latest ? '' : ' (old)'}`,
        kindOf(row),
        formatSize(row.size),
        String(row.chunkCount),
        String(row.holderCount),
        row.sha256.slice(0, 16),
        ago(row.publishedAt, now),
      ]),
  );
  const columns = [
    { title: 'file' },
    { title: 'kind' },
    { title: 'size', align: 'right' },
    { title: 'chunks', align: 'right' },
    { title: 'holders', align: 'right' },
    { title: 'sha256' },
    { title: 'published' },
  ] as const;
  return renderTable(columns, rows, style);
};

export const kindOf = ({ tree }: FileRow['versions'][number]): string =>
  tree === undefined ? 'file' : `tree of ${tree.files}`;

/** Who holds a chunk now. @param chunk counted from 1 */
export const renderHolders = (reply: ReplyBody<'manifest.get'>, chunk: number, style: Style): string => {
  const title = `chunk ${chunk} of ${reply.chunkCount} of ${fileLabel(reply)}`;
  if (reply.holders.length === 0) return `${title}: ${style.warn('nobody who is here holds it')}`;
  const rows = reply.holders.map((holder) => [clean(holder.name), shortId(holder.peerId), addressOf(holder)]);
  const columns = [{ title: 'holder' }, { title: 'peer' }, { title: 'address' }];
  return `${title}\n${renderTable(columns, rows, style)}`;
};

export const renderPeers = (peers: readonly PeerRow[], now: number, style: Style): string => {
  const rows = peers.map((peer) => [
    clean(peer.name),
    shortId(peer.peerId),
    addressOf(peer),
    clean(peer.anchor),
    stateOf(peer, style),
    String(peer.files),
    ago(peer.joinedAt, now),
    labelsOf(peer.labels),
  ]);
  const columns = [
    { title: 'peer' },
    { title: 'id' },
    { title: 'address' },
    { title: 'anchor' },
    { title: 'state' },
    { title: 'files', align: 'right' },
    { title: 'joined' },
    { title: 'labels' },
  ] as const;
  return renderTable(columns, rows, style);
};

export const labelsOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => clean(`${key}=${value}`))
    .join(',');

const stateOf = ({ reachable, serving }: PeerRow, style: Style): string => {
  if (!reachable) return style.warn('unreachable');
  return serving ? 'serving' : style.warn('not serving');
};

const ago = (then: number, now: number): string => `${formatDuration(Math.max(0, now - then))} ago`;
