import { describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { bodySchema, type MessageName } from './catalogue.js';
import { MESSAGE_LIMITS } from './limits.js';
import { parseWith } from './parse.js';

const PEER = 'a'.repeat(40);
const FILE = 'b'.repeat(64);
const many = <T>(count: number, one: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => one(at));
const hex = (at: number, digits: number): string => at.toString(16).padStart(digits, '0');

const join = {
  ...{ peerId: PEER, incarnation: 1, publicKey: 'x'.repeat(44), name: 'host1', labels: {}, software: 's' },
  ...{ address: { host: 'h', port: 1 }, protocol: 1, networkId: 'shoal' },
};
const manifest = {
  ...{ fileId: FILE, size: 1, sha256: FILE, chunkSize: 1_024, digestAlgorithm: 'sha256', digests: '' },
};
const holdings = { peerId: PEER, incarnation: 1, sequence: 1 };
const report = (files: unknown[]) => ({ ...holdings, part: 0, parts: 1, files });
const download = { file: 'a', targets: ['host7'] };
const named = { name: 'a', version: 1, fileId: FILE, publishedAt: 1, learntIn: 'r' };
const tree = { indexBytes: 1, files: 1 };

/** A message whose one cap is at its number (taken) and one past it (refused). */
interface Sent {
  readonly name: MessageName;
  readonly body: (count: number) => unknown;
  /** Refused is one less, not one more. */
  readonly least?: boolean;
}
/** Nobody outside can exceed it, or another spec sends it: why, or where. */
interface NotSent {
  readonly why: string;
}

const CASES: Record<keyof typeof MESSAGE_LIMITS, Sent | NotSent> = {
  bodyBytes: { why: 'it is no field: libs/platform/src/broker/limits.spec.ts sends such a body' },
  labels: {
    name: 'connection.join',
    body: (count) => ({ ...join, labels: Object.fromEntries(many(count, (at) => [`l${at}`, 'x'])) }),
  },
  handoutPeers: { name: 'manifest.get', body: (count) => ({ file: { fileId: FILE }, holders: count }) },
  excludedPeers: {
    name: 'manifest.get',
    body: (count) => ({ file: { fileId: FILE }, exclude: many(count, (at) => hex(at, 40)) }),
  },
  pageRows: { name: 'manifest.search', body: (count) => ({ pattern: '*', limit: count }) },
  reportFiles: {
    name: 'holdings.reported',
    body: (count) => report(many(count, (at) => ({ fileId: hex(at, 64), chunkCount: 1 }))),
  },
  rangesPerFile: {
    name: 'holdings.reported',
    body: (count) =>
      report([{ fileId: FILE, chunkCount: 65_536, ranges: many(count, (at) => [2 * at, 2 * at + 1]) }]),
  },
  restoredNames: {
    name: 'manifest.restore',
    body: (count) => ({ peerId: PEER, names: many(count, () => named) }),
  },
  restoredVersion: {
    name: 'manifest.restore',
    body: (count) => ({ peerId: PEER, names: [{ ...named, version: count }] }),
  },
  acknowledgedFiles: {
    name: 'chunk.acknowledged',
    body: (count) => ({ ...holdings, files: many(count, (at) => ({ fileId: hex(at, 64), chunkCount: 1 })) }),
  },
  targets: {
    name: 'transfer.download',
    body: (count) => ({ ...download, targets: many(count, (at) => `p${at}`) }),
  },
  selectorCharacters: {
    name: 'transfer.download',
    body: (count) => ({ ...download, targets: ['x'.repeat(count)] }),
  },
  selectorTerms: {
    why: 'libs/contracts/src/selector/selector.spec.ts writes such targets, as text and as JSON',
  },
  selectorDepth: {
    why: 'libs/contracts/src/selector/selector.spec.ts writes such targets, as text and as JSON',
  },
  waves: { name: 'transfer.download', body: (count) => ({ ...download, waves: many(count, () => 1) }) },
  retries: { name: 'transfer.download', body: (count) => ({ ...download, retries: count }) },
  retryDelayMs: { name: 'transfer.download', body: (count) => ({ ...download, retryDelayMs: count }) },
  aheadMs: {
    why: 'it depends on the clock: apps/transfer/src/transfer.spec.ts asks for a start in ten years',
  },
  listedResults: { why: 'only an anchor says it, and cuts the list: apps/transfer/src/course.spec.ts' },
  follows: { why: 'it is a count in Redis: the contract of FollowRegistry puts one more' },
  copies: { name: 'transfer.store', body: (count) => ({ file: 'a', copies: count }) },
  chunks: {
    name: 'chunk.acknowledged',
    body: (count) => ({ ...holdings, files: [{ fileId: FILE, chunkCount: count }] }),
  },
  chunkBytesMin: {
    name: 'manifest.publish',
    body: (count) => ({ name: 'a', manifest: { ...manifest, chunkSize: count } }),
    least: true,
  },
  chunkBytesMax: {
    name: 'manifest.publish',
    body: (count) => ({ name: 'a', manifest: { ...manifest, chunkSize: count } }),
  },
  treeEntries: {
    name: 'manifest.publish',
    body: (count) => ({ name: 'a', manifest: { ...manifest, tree: { ...tree, files: count } } }),
  },
  treeIndexBytes: {
    name: 'manifest.publish',
    body: (count) => ({ name: 'a', manifest: { ...manifest, tree: { ...tree, indexBytes: count } } }),
  },
  nameBytes: { name: 'manifest.publish', body: (count) => ({ name: 'x'.repeat(count), manifest }) },
  patternCharacters: { name: 'manifest.search', body: (count) => ({ pattern: 'x'.repeat(count) }) },
  textCharacters: {
    name: 'peer.unreachable',
    body: (count) => ({ reporter: PEER, peerId: PEER, incarnation: 1, reason: 'x'.repeat(count) }),
  },
  keyCharacters: { name: 'transfer.status', body: (count) => ({ distributionId: 'x'.repeat(count) }) },
};

const sent = Object.entries(CASES).filter(
  (entry): entry is [keyof typeof MESSAGE_LIMITS, Sent] => 'name' in entry[1],
);

describe('caps on messages', () => {
  it('has an entry for every one', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(MESSAGE_LIMITS).sort());
  });

  it.each(sent)('%s: as many are taken, one more is bad-message', (limit, { name, body, least }) => {
    const cap = MESSAGE_LIMITS[limit];
    expect(() => parseWith(bodySchema(name), body(cap), name)).not.toThrow();
    const refusal = ((): unknown => {
      try {
        return parseWith(bodySchema(name), body(least === true ? cap - 1 : cap + 1), name);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(ShoalError);
    expect(refusal).toMatchObject({ code: 'bad-message' });
  });
});
