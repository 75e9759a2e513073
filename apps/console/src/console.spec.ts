import { describe, expect, it } from '@jest/globals';
import { parsePeerId, type FileId } from '#core';
import type { DistributionSummary, FileRow, PeerRow } from '#contracts';
import { consoleConfig } from './config.js';
import { renderPage } from './page.js';

const peer = (more: Partial<PeerRow> = {}): PeerRow => ({
  peerId: parsePeerId('a'.repeat(40)),
  incarnation: 1,
  name: 'host1',
  address: { host: '10.0.0.1', port: 7_000 },
  labels: {},
  anchor: 'server1',
  software: 'shoal 0',
  joinedAt: 1,
  leaseAt: 1,
  reachable: true,
  serving: true,
  files: 2,
  ...more,
});
const file: FileRow = {
  name: '<script>alert(1)</script>',
  latest: 1,
  versions: [
    {
      version: 1,
      fileId: 'f'.repeat(64) as FileId,
      size: 2_048,
      sha256: 'c'.repeat(64),
      chunkSize: 1_024,
      chunkCount: 2,
      publishedAt: 1,
      holderCount: 3,
    },
  ],
};

const distribution: DistributionSummary = {
  ...{ distributionId: 'd-1', state: 'failed', name: 'music.txt', version: 2, size: 1, targets: 2 },
  ...{ fileId: 'f'.repeat(64) as FileId, createdAt: 1, priority: 5, follow: false, reason: 'too many' },
  counts: { waiting: 0, commanded: 0, downloading: 0, done: 1, failed: 1, cancelled: 0, offline: 0 },
};

describe('the page', () => {
  it('shows peers and files', () => {
    const html = renderPage({
      networkId: 'shoal',
      total: 1,
      peers: [peer({ labels: { rack: 'b' } })],
      files: [file],
      distributions: [distribution],
    });
    for (const text of [
      'd-1',
      'music.txt@2',
      '1/2',
      'too many',
      '1 peer<',
      'host1',
      '10.0.0.1:7000',
      'rack=b',
      'serving',
      '2 KiB',
    ])
      expect(html).toContain(text);
  });

  it('lets no name become markup', () => {
    const html = renderPage({
      networkId: 'shoal',
      total: 1,
      peers: [peer()],
      files: [file],
      distributions: [],
    });
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
  });

  it('says what is wrong with a peer', () => {
    const peers = [peer({ reachable: false }), peer({ serving: false })];
    const html = renderPage({ networkId: 'shoal', total: 2, peers, files: [], distributions: [] });
    expect(html).toContain('cannot be reached');
    expect(html).toContain('engine is down');
    expect(html).toContain('none yet');
  });
});

describe('its configuration', () => {
  it('listens on loopback unless told otherwise', () => {
    expect(consoleConfig({ AMQP_URL: 'amqp://h' }).listen).toEqual({ host: '127.0.0.1', port: 8_080 });
    const { listen, anchors } = consoleConfig({ ANCHORS: 'server1=amqp://h', CONSOLE_LISTEN: '[::1]:0' });
    expect(listen).toEqual({ host: '::1', port: 0 });
    expect(anchors).toEqual([{ name: 'server1', url: 'amqp://h' }]);
  });

  it.each([
    [{}, /ANCHORS/],
    [{ AMQP_URL: 'amqp://h', CONSOLE_LISTEN: '8080' }, /CONSOLE_LISTEN/],
    [{ ANCHORS: 'amqp://h' }, /ANCHORS/],
  ])('refuses %j', (environment, message) => {
    expect(() => consoleConfig(environment)).toThrow(message);
  });
});
