import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Manifest } from '#chunking';
import type { Holder, ReplyBody } from '#contracts';
import type { PeerId } from '#core';
import { addressOf, manifestJson, renderManifest } from './manifest-table.js';
import { plainStyle } from './style.js';

const digests = Buffer.concat([1, 2, 3].map((byte) => Buffer.alloc(32, byte)));
const manifest = new Manifest({
  size: 2_500,
  sha256: createHash('sha256').digest('hex'),
  chunkSize: 1_024,
  digestAlgorithm: 'sha256',
  digests,
});
const holder = (number: number, ranges?: [number, number][]): Holder => ({
  peerId: String(number).repeat(40).slice(0, 40) as PeerId,
  incarnation: 1,
  name: `host${number}`,
  address: { host: '10.0.0.1', port: 7_000 + number },
  ...(ranges === undefined ? {} : { ranges }),
});
const reply = (holders: Holder[]): ReplyBody<'manifest.get'> => ({
  name: 'music.txt',
  version: 2,
  fileId: manifest.fileId,
  size: 2_500,
  chunkCount: 3,
  holders,
  holderCount: holders.length,
  seederCount: 1,
});

describe('renderManifest', () => {
  it('shows each chunk with its name, size, digest and holders', () => {
    const text = renderManifest(reply([holder(1), holder(2, [[0, 1]])]), manifest, plainStyle);
    expect(text.split('\n').slice(1)).toEqual([
      'size     2.44 KiB (2500 bytes) in 3 chunks of 1 KiB',
      `sha256   ${manifest.sha256}`,
      `file id  ${manifest.fileId}`,
      'holders  2, 1 of them with every chunk',
      '',
      'CHUNK        SIZE  DIGEST            HOLDERS',
      'music1.txt  1 KiB  0101010101010101  host1 10.0.0.1:7001, host2 10.0.0.1:7002',
      'music2.txt  1 KiB  0202020202020202  host1 10.0.0.1:7001',
      'music3.txt  452 B  0303030303030303  host1 10.0.0.1:7001',
      '',
      'HOLDER  PEER      ADDRESS        CHUNKS',
      'host1   11111111  10.0.0.1:7001  all',
      'host2   22222222  10.0.0.1:7002  1',
    ]);
  });

  it('counts holders that do not fit, and says where there is nobody', () => {
    const many = [1, 2, 3, 4, 5].map((number) => holder(number, [[0, 1]]));
    const text = renderManifest(reply(many), manifest, plainStyle);
    expect(text).toMatch(/music1\.txt .* host3 10\.0\.0\.1:7003 and 2 more\n/);
    expect(text).toMatch(/music2\.txt .* nobody\n/);
    expect(renderManifest(reply([]), manifest, plainStyle)).toMatch(
      /nobody who is here holds a chunk of it$/,
    );
  });

  it('ignores what a holder claims past the end', () => {
    const json = manifestJson(reply([holder(1, [[2, 60_000]])]), manifest) as {
      chunks: { holders: string[] }[];
    };
    expect(json.chunks.map(({ holders }) => holders)).toEqual([[], [], ['host1']]);
  });
});

describe('manifestJson', () => {
  it('numbers chunks from 1 and has whole digests', () => {
    const { chunks } = manifestJson(reply([holder(1)]), manifest) as { chunks: object[] };
    expect(chunks[1]).toEqual({
      number: 2,
      name: 'music2.txt',
      size: 1_024,
      digest: '02'.repeat(32),
      holders: ['host1'],
    });
  });
});

describe('addressOf', () => {
  it('puts IPv6 into brackets', () => {
    expect(addressOf({ address: { host: '::1', port: 1 } })).toBe('[::1]:1');
  });
});
