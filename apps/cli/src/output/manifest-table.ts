import { chunkNamer, type Manifest } from '#chunking';
import type { Holder, ReplyBody } from '#contracts';
import { Bitfield, formatRanges, formatSize, shortId } from '#core';
import { clean } from './sanitize.js';
import { counted, sizeText } from './sizes.js';
import type { Style } from './style.js';
import { fileLabel } from './summary.js';
import { renderFacts, renderTable } from './table.js';

type GetReply = ReplyBody<'manifest.get'>;

/** Hex digits of a digest in a table; `--json` has all 64. */
const DIGEST_DIGITS = 16;
/** Holders named in a row of a chunk; the rest is counted. */
const HOLDERS_SHOWN = 3;

/** The file, its chunks and who has each. */
export const renderManifest = (reply: GetReply, manifest: Manifest, style: Style): string =>
  [
    fileFacts(reply, manifest, style),
    '',
    chunkTable(reply, manifest, style),
    '',
    holderTable(reply, manifest, style),
  ].join('\n');

export const manifestJson = (reply: GetReply, manifest: Manifest): object => {
  const holders = reply.holders.map((holder) => ({ holder, has: chunksOf(holder, manifest.chunkCount) }));
  const { fileId, size, sha256, chunkSize, digestAlgorithm, chunkCount, tree } = manifest;
  const nameOf = chunkNamer(reply.name ?? shortId(fileId));
  return {
    name: reply.name,
    version: reply.version,
    ...{ fileId, size, sha256, chunkSize, digestAlgorithm, chunkCount },
    ...(tree === undefined ? {} : { tree }),
    holderCount: reply.holderCount,
    seederCount: reply.seederCount,
    holders: reply.holders,
    chunks: Array.from({ length: chunkCount }, (_, index) => ({
      number: index + 1,
      name: nameOf(index),
      size: manifest.lengthOf(index),
      digest: digestOf(manifest, index),
      holders: holders.filter(({ has }) => has.has(index)).map(({ holder }) => holder.name),
    })),
  };
};

const fileFacts = (reply: GetReply, manifest: Manifest, style: Style): string => {
  const { size, sha256, chunkSize, chunkCount, fileId, tree } = manifest;
  return renderFacts(
    [
      [tree === undefined ? 'file' : 'tree', style.bold(fileLabel(reply))],
      ...(tree === undefined ? [] : [['files', String(tree.files)] as [string, string]]),
      ['size', `${sizeText(size)} in ${counted(chunkCount, 'chunk')} of ${formatSize(chunkSize)}`],
      ['sha256', sha256],
      ['file id', fileId],
      ['holders', holdersText(reply)],
    ],
    style,
  );
};

const holdersText = ({ holderCount, seederCount }: GetReply): string =>
  holderCount === 0 ? 'none who is here' : `${holderCount}, ${seederCount} of them with every chunk`;

const chunkTable = (reply: GetReply, manifest: Manifest, style: Style): string => {
  const holders = reply.holders.map((holder) => ({
    text: `${clean(holder.name)} ${addressOf(holder)}`,
    has: chunksOf(holder, manifest.chunkCount),
  }));
  const nameOf = chunkNamer(reply.name ?? shortId(manifest.fileId));
  const rows = Array.from({ length: manifest.chunkCount }, (_, index) => [
    clean(nameOf(index)),
    formatSize(manifest.lengthOf(index)),
    digestOf(manifest, index).slice(0, DIGEST_DIGITS),
    holderList(
      holders.filter(({ has }) => has.has(index)).map(({ text }) => text),
      style,
    ),
  ]);
  const columns = [
    { title: 'chunk' },
    { title: 'size', align: 'right' },
    { title: 'digest' },
    { title: 'holders' },
  ] as const;
  return renderTable(columns, rows, style);
};

const holderTable = ({ holders }: GetReply, manifest: Manifest, style: Style): string => {
  if (holders.length === 0 && manifest.chunkCount === 0) return style.warn('nobody who is here holds it');
  if (holders.length === 0) return style.warn('nobody who is here holds a chunk of it');
  const rows = holders.map((holder) => [
    clean(holder.name),
    shortId(holder.peerId),
    addressOf(holder),
    holder.ranges === undefined
      ? 'all'
      : formatRanges(holder.ranges.map(([start, end]) => ({ start, end }))) || 'none',
  ]);
  const columns = [{ title: 'holder' }, { title: 'peer' }, { title: 'address' }, { title: 'chunks' }];
  return renderTable(columns, rows, style);
};

/** `host:port`, `[v6]:port`. */
export const addressOf = ({ address: { host, port } }: Pick<Holder, 'address'>): string =>
  host.includes(':') ? `[${clean(host)}]:${port}` : `${clean(host)}:${port}`;

const holderList = (holders: readonly string[], style: Style): string => {
  if (holders.length === 0) return style.warn('nobody');
  const rest = holders.length - HOLDERS_SHOWN;
  return holders.slice(0, HOLDERS_SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
};

/** A holder that claims chunks past the end has what is left of its claim. */
const chunksOf = ({ ranges }: Holder, chunkCount: number): Bitfield => {
  const field = new Bitfield(chunkCount);
  for (const [start, end] of ranges ?? [[0, chunkCount]]) {
    for (let index = start ?? 0; index < Math.min(end ?? 0, chunkCount); index++) field.set(index);
  }
  return field;
};

const digestOf = (manifest: Manifest, index: number): string =>
  Buffer.from(manifest.digestOf(index)).toString('hex');
