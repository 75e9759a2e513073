import type { MessageName } from '#contracts';

/** The field in which a body says who sent it. Other messages may come from anyone who may write their key. */
const SENDER_FIELD: Partial<Record<MessageName, string>> = {
  'connection.join': 'peerId',
  'connection.leave': 'peerId',
  'connection.lease': 'peerId',
  'peer.unreachable': 'reporter',
  'peer.misbehaved': 'reporter',
  'manifest.get': 'asker',
  'chunk.acknowledged': 'peerId',
  'holdings.reported': 'peerId',
  'holdings.retracted': 'peerId',
  'holdings.release': 'peerId',
};

/** Who a message says it is from; undefined when it does not say. */
export const claimedSender = (name: MessageName, body: unknown): string | undefined => {
  const field = SENDER_FIELD[name];
  const value = field === undefined ? undefined : (body as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : undefined;
};
