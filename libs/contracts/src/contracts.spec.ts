import { describe, expect, it } from '@jest/globals';
import type { FileId, PeerId } from '#core';
import {
  bodySchema,
  COMMANDS,
  FACTS,
  fields,
  formatFileRef,
  holdingsDigest,
  inboxQueue,
  isMessageName,
  MESSAGE_LIMITS,
  parseFileRef,
  parseInboxQueue,
  parseWith,
  PUBLIC_DOOR,
  REPORTS,
  REQUESTS,
  requestKey,
  topologyOf,
  type MessageName,
} from './index.js';

const PEER = '1'.repeat(40) as PeerId;
const FILE = 'f'.repeat(64) as FileId;

/** Whether a topic binding takes a routing key (AMQP 0-9-1 section 3.1.3.3). */
const takes = (binding: string, key: string): boolean =>
  new RegExp(
    `^${binding
      .split('.')
      .map((word) => (word === '*' ? '[^.]+' : word === '#' ? '.*' : word))
      .join('\\.')
      .replaceAll('\\..*', '(\\..*)?')}$`,
  ).test(key);

describe('topology', () => {
  const topology = topologyOf('shoal');
  const takers = (exchange: string, key: string): string[] =>
    Object.values(topology.queues)
      .filter(({ bindings }) =>
        bindings.some((binding) => binding.exchange === exchange && takes(binding.key, key)),
      )
      .map(({ name }) => name);

  it.each(Object.keys({ ...REQUESTS, ...REPORTS }))('%s reaches exactly one shared queue', (name) => {
    expect(takers(topology.exchanges.requests, requestKey(name as keyof typeof REQUESTS, PEER))).toHaveLength(
      1,
    );
  });

  it('has a public door that needs no sender', () => {
    for (const name of PUBLIC_DOOR) {
      expect(takers(topology.exchanges.requests, name)).toEqual(['shoal.transfer']);
    }
  });

  it('gives a join to one anchor to that anchor only, and keeps nothing of it when the anchor is gone', () => {
    const key = `connection.join.server1.${PEER}`;
    expect(takers(topology.exchanges.requests, key)).toEqual([]);
    expect(takers(topology.exchanges.unrouted, key)).toEqual([]);
    expect(topology.anchorJoinQueue('server1').bindings.some((binding) => takes(binding.key, key))).toBe(
      true,
    );
    expect(topology.anchorJoinQueue('server2').bindings.some((binding) => takes(binding.key, key))).toBe(
      false,
    );
  });

  it('keeps every other request or report that no queue wanted', () => {
    for (const name of Object.keys({ ...REQUESTS, ...REPORTS })) {
      expect(takers(topology.exchanges.unrouted, `${name}.${PEER}`)).toEqual(['shoal.unrouted']);
    }
  });

  it('separates networks on one broker', () => {
    expect(topologyOf('test1').queues.manifest.name).toBe('test1.manifest');
  });
});

describe('inbox queue', () => {
  it('names the peer and its incarnation, both ways', () => {
    expect(parseInboxQueue(inboxQueue(PEER, 12))).toEqual({ peerId: PEER, incarnation: 12 });
    expect(parseInboxQueue('peer.me.1')).toBeUndefined();
    expect(parseInboxQueue(`peer.${PEER}.12x`)).toBeUndefined();
  });
});

describe('file reference', () => {
  it.each([
    ['music.txt', { name: 'music.txt' }],
    ['music.txt@2', { name: 'music.txt', version: 2 }],
    ['a@b', { name: 'a@b' }],
    ['a@b@3', { name: 'a@b', version: 3 }],
    ['-x y ü', { name: '-x y ü' }],
    [FILE, { fileId: FILE }],
  ])('%s', (text, ref) => {
    expect(parseFileRef(text)).toEqual(ref);
    expect(formatFileRef(parseFileRef(text))).toBe(text);
  });

  it.each([
    '',
    '.',
    '..',
    'a/b',
    '/etc/passwd',
    'a\0b',
    'a\nb',
    'x'.repeat(256),
    'ü'.repeat(128),
    'music.txt@0',
  ])('refuses %j', (text) =>
    expect(() => parseFileRef(text)).toThrow(expect.objectContaining({ code: 'bad-name' })),
  );
});

describe('message schemas', () => {
  const ack = (more: object) => ({ peerId: PEER, incarnation: 1, sequence: 1, files: [], ...more });
  const file = (ranges: unknown) => ({ fileId: FILE, chunkCount: 10, ranges });

  it('exist for every name and no other', () => {
    for (const name of Object.keys({ ...REQUESTS, ...REPORTS, ...FACTS, ...COMMANDS })) {
      expect(isMessageName(name)).toBe(true);
      expect(bodySchema(name as MessageName)).toBeDefined();
    }
    expect(isMessageName('toString')).toBe(false);
  });

  it.each([
    [
      'overlapping ranges',
      [
        file([
          [0, 5],
          [4, 6],
        ]),
      ],
    ],
    [
      'touching ranges',
      [
        file([
          [0, 5],
          [5, 6],
        ]),
      ],
    ],
    ['an empty range', [file([[5, 5]])]],
    ['too many files', Array.from({ length: MESSAGE_LIMITS.acknowledgedFiles + 1 }, () => file([[0, 1]]))],
    ['no files', []],
  ])('an acknowledgement with %s is refused', (_what, files) => {
    expect(() => parseWith(REPORTS['chunk.acknowledged'], ack({ files }), 'it')).toThrow(
      expect.objectContaining({ code: 'bad-message' }),
    );
  });

  it('says which field is wrong', () => {
    expect(() =>
      parseWith(
        REQUESTS['transfer.download'].request,
        { file: 'a', targets: [], folder: '../x' },
        'the request',
      ),
    ).toThrow(/the request is not valid: .*targets.*folder/s);
  });

  it.each(['/abs', '../up', 'a/../../b', 'a\0b'])('a target folder %j is refused', (folder) => {
    const body = { file: 'a', targets: ['host7'], folder };
    expect(() => parseWith(REQUESTS['transfer.download'].request, body, 'it')).toThrow();
  });

  it('takes an empty manifest', () => {
    const empty = {
      fileId: FILE,
      size: 0,
      sha256: FILE,
      chunkSize: 65_536,
      digestAlgorithm: 'sha256',
      digests: '',
    };
    expect(parseWith(fields.manifestDocument, empty, 'it')).toEqual(empty);
  });
});

describe('holdings digest', () => {
  it('does not depend on the order and sees a lost acknowledgement', () => {
    const other = 'e'.repeat(64) as FileId;
    expect(
      holdingsDigest([
        [FILE, 3],
        [other, 4],
      ]),
    ).toBe(
      holdingsDigest([
        [other, 4],
        [FILE, 3],
      ]),
    );
    expect(holdingsDigest([[FILE, 3]])).not.toBe(holdingsDigest([[FILE, 4]]));
    expect(holdingsDigest([[FILE, 0]])).toBe(holdingsDigest([]));
  });
});
