import type { DistributionSummary, FileRow, PeerRow } from '#contracts';
import { formatSize } from '#core';

export interface Overview {
  readonly networkId: string;
  readonly total: number;
  readonly peers: readonly PeerRow[];
  readonly files: readonly FileRow[];
  /** The newest first. */
  readonly distributions: readonly DistributionSummary[];
}

/** Seconds after which the page asks again. */
const REFRESH_S = 2;

/** The whole page. Names come from anywhere, so everything is escaped. */
export const renderPage = (overview: Overview): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="${REFRESH_S}">
<title>Shoal: ${escape(overview.networkId)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b2a33; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; border-bottom: 2px solid #9db4bf; }
th, td { padding: .3rem .8rem .3rem 0; vertical-align: top; }
tr + tr td { border-top: 1px solid #dde6ea; }
.number { text-align: right; } .off { color: #a33; } code { font-size: .9em; }
</style>
</head>
<body>
<h1>Shoal: the network ${escape(overview.networkId)}</h1>
<h2>${overview.total} ${overview.total === 1 ? 'peer' : 'peers'}</h2>
${table(['peer', 'id', 'address', 'anchor', 'state', 'files', 'labels'], overview.peers.map(peerRow))}
<h2>${overview.files.length} ${overview.files.length === 1 ? 'file' : 'files'}</h2>
${table(['file', 'version', 'size', 'chunks', 'live holders', 'sha256'], overview.files.flatMap(fileRows))}
<h2>Distributions</h2>
${table(['distribution', 'file', 'state', 'done', 'failed', 'waiting', 'offline', 'why'], overview.distributions.map(distributionRow))}
<p><a href="/api">HTTP API</a> · <a href="/jobs">steps of distributions</a></p>
</body>
</html>
`;

const table = (head: readonly string[], rows: readonly string[]): string =>
  rows.length === 0
    ? '<p>none yet</p>'
    : `<table><tr>${head.map((word) => `<th>${word}</th>`).join('')}</tr>${rows.join('\n')}</table>`;

const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

const peerRow = (peer: PeerRow): string =>
  row([
    escape(peer.name),
    `<code>${peer.peerId.slice(0, 8)}</code>`,
    escape(`${peer.address.host}:${peer.address.port}`),
    escape(peer.anchor),
    stateOf(peer),
    String(peer.files),
    escape(
      Object.entries(peer.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ),
  ]);

const stateOf = ({ reachable, serving }: PeerRow): string => {
  if (!reachable) return '<span class="off">cannot be reached</span>';
  return serving ? 'serving' : '<span class="off">engine is down</span>';
};

const fileRows = ({ name, versions }: FileRow): string[] =>
  versions.map(({ version, size, chunkCount, holderCount, sha256 }) =>
    row([
      escape(name),
      String(version),
      formatSize(size),
      String(chunkCount),
      String(holderCount),
      `<code>${sha256.slice(0, 16)}</code>`,
    ]),
  );

const distributionRow = (one: DistributionSummary): string =>
  row([
    `<a href="/distributions/${encodeURIComponent(one.distributionId)}"><code>${escape(one.distributionId)}</code></a>`,
    escape(one.name === undefined ? one.fileId.slice(0, 8) : `${one.name}@${one.version ?? 1}`),
    one.state === 'failed' ? '<span class="off">failed</span>' : one.state,
    `${one.counts.done}/${one.targets}`,
    ...(['failed', 'waiting', 'offline'] as const).map((state) => String(one.counts[state])),
    escape(one.reason ?? (one.follow ? 'follows the name' : '')),
  ]);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
