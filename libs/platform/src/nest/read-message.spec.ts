import { describe, expect, it } from '@jest/globals';
import type { MessageName } from '#contracts';
import type { IncomingMessage } from '../broker/broker.js';
import { readMessage } from './read-message.js';
import { checkReplyTo } from './reply-to.js';

const PEER = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const EXPECTED = new Set<MessageName>([
  'connection.leave',
  'connection.join',
  'peer.unreachable',
  'manifest.get',
  'manifest.search',
  'transfer.download',
  'download.failed',
]);

const incoming = (more: Partial<IncomingMessage> & { json?: unknown }): IncomingMessage => ({
  queue: 'shoal.connection',
  exchange: 'shoal.requests',
  routingKey: `connection.leave.${PEER}`,
  name: 'connection.leave',
  body: Buffer.from(JSON.stringify(more.json ?? { peerId: PEER, incarnation: 1 })),
  messageId: undefined,
  correlationId: undefined,
  replyTo: undefined,
  redelivered: false,
  headers: {},
  ...more,
});
const read = (more: Parameters<typeof incoming>[0]): ReturnType<typeof readMessage> =>
  readMessage(incoming(more), EXPECTED);
const refusal = (more: Parameters<typeof incoming>[0]): unknown => {
  try {
    return read(more);
  } catch (thrown) {
    return thrown;
  }
};

describe('reading a message', () => {
  it('gives its name, checked body and sender', () => {
    expect(read({})).toEqual({
      name: 'connection.leave',
      body: { peerId: PEER, incarnation: 1 },
      sender: PEER,
    });
  });

  it('fills in defaults', () => {
    expect(
      read({ name: 'manifest.search', routingKey: 'manifest.search.cli', json: { pattern: '*' } }).body,
    ).toEqual({ pattern: '*', limit: 100 });
  });

  it.each([
    ['transfer.download', undefined],
    ['transfer.download.cli', 'cli'],
  ])('takes the name from the key at the public door: %s', (routingKey, sender) => {
    const json = { file: 'music.txt', targets: ['host7'] };
    expect(read({ name: undefined, routingKey, json })).toMatchObject({ name: 'transfer.download', sender });
  });

  it.each([
    ['no name', { name: undefined }],
    ['an unknown name', { name: 'toString' }],
    ['a name that nobody expects here', { name: 'manifest.publish' }],
    ['no JSON', { body: Buffer.from('{') }],
    ['no UTF-8', { body: Buffer.from([0xff, 0xfe]) }],
    ['a wrong body', { json: { peerId: PEER } }],
    ['an array', { json: [] }],
  ])('refuses %s', (_what, more) => {
    expect(refusal(more)).toMatchObject({ code: 'bad-message', retry: 'permanent' });
  });

  it.each([0, 2, '1', {}])('refuses schema version %j', (version) => {
    expect(refusal({ headers: { 'shoal-schema': version } })).toMatchObject({ code: 'wrong-version' });
  });

  it('refuses a name under another key: the broker only checks keys', () => {
    expect(refusal({ routingKey: `connection.lease.${PEER}` })).toMatchObject({ code: 'not-allowed' });
    expect(refusal({ routingKey: `connection.leaves.${PEER}` })).toMatchObject({ code: 'not-allowed' });
  });

  it('refuses a body that names another sender than the key', () => {
    expect(refusal({ routingKey: `connection.leave.${OTHER}` })).toMatchObject({ code: 'not-allowed' });
    expect(refusal({ routingKey: 'connection.leave' })).toMatchObject({ code: 'not-allowed' });
  });

  it('compares the reporter, not the peer that is reported', () => {
    const report = {
      name: 'peer.unreachable',
      json: { reporter: PEER, peerId: OTHER, incarnation: 1, reason: 'no answer' },
    };
    expect(read({ ...report, routingKey: `peer.unreachable.${PEER}` })).toMatchObject({ sender: PEER });
    expect(refusal({ ...report, routingKey: `peer.unreachable.${OTHER}` })).toMatchObject({
      code: 'not-allowed',
    });
  });

  it('lets anyone ask without saying who', () => {
    const json = { file: { name: 'music.txt' } };
    expect(read({ name: 'manifest.get', routingKey: 'manifest.get.console', json })).toMatchObject({
      sender: 'console',
    });
    const asker = { ...json, asker: PEER };
    expect(refusal({ name: 'manifest.get', routingKey: 'manifest.get.console', json: asker })).toMatchObject({
      code: 'not-allowed',
    });
  });

  it('takes the sender after the anchor of an addressed join', () => {
    expect(
      refusal({ name: 'connection.join', routingKey: `connection.join.server1.${OTHER}`, json: {} }),
    ).toMatchObject({ code: 'bad-message' });
  });
});

describe('reply queues', () => {
  it.each(['amq.rabbitmq.reply-to.g1h2', 'amq.gen-xyz', 'my-own-replies', undefined])(
    '%s is fine',
    (replyTo) => {
      expect(() => checkReplyTo(replyTo, 'shoal')).not.toThrow();
    },
  );

  it.each(['shoal.manifest', `peer.${PEER}.1`, 'x'.repeat(256)])('%s is refused', (replyTo) => {
    expect(() => checkReplyTo(replyTo, 'shoal')).toThrow(expect.objectContaining({ code: 'not-allowed' }));
  });
});
