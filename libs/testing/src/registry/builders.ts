import { createHash } from 'node:crypto';
import type { FileId, PeerId } from '#core';
import { Manifest } from '#chunking';
import type { DistributionOptions } from '#contracts';
import type { DistributionFacts, DistributionOrder, PeerRecord } from '#registry';

/** The same id for the same word. */
export const peerIdFor = (word: string): PeerId => digest(`peer ${word}`).slice(0, 40) as PeerId;
export const fileIdFor = (word: string): FileId => digest(`file ${word}`) as FileId;

/** A live peer of this name. */
export const peerRecord = (name: string, facts: Partial<PeerRecord> = {}): PeerRecord => ({
  peerId: peerIdFor(name),
  incarnation: 1_000,
  name,
  address: { host: '127.0.0.1', port: 7_000 },
  labels: {},
  anchor: 'server1',
  software: '1.0.0',
  joinedAt: 1_000,
  leaseAt: 1_000,
  reachable: true,
  serving: true,
  ...facts,
});

/** The manifest of a text, cut into chunks of 1 KiB. */
export const manifestOf = (content: string): Manifest => {
  const chunkSize = 1_024;
  const bytes = Buffer.from(content);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  return new Manifest({
    size: bytes.length,
    sha256: digest(content),
    chunkSize,
    digestAlgorithm: 'sha256',
    digests: Buffer.concat(chunks.map((chunk) => createHash('sha256').update(chunk).digest())),
  });
};

/** The manifest of the same text as if it were the content of a tree. */
export const treeManifestOf = (content: string): Manifest =>
  new Manifest({ ...manifestOf(content), tree: { indexBytes: 1, files: 2 } });

/** What was asked for; `options` as they are when nothing else is said. */
export const distributionFacts = (options: Partial<DistributionOptions> = {}): DistributionFacts => ({
  fileId: fileIdFor('music'),
  name: 'music.txt',
  version: 1,
  size: 5_000,
  force: false,
  options: { priority: 5, successShare: 1, retries: 3, retryDelayMs: 2_000, follow: false, ...options },
});

/** A distribution of one file to peers of these names. */
export const distributionOrder = (
  id: string,
  names: readonly string[],
  more: Partial<DistributionOrder> = {},
): DistributionOrder => ({
  id,
  idempotencyKey: `key of ${id}`,
  facts: distributionFacts(),
  targets: names.map((name) => ({ peerId: peerIdFor(name), name })),
  now: 10_000,
  ...more,
});

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
