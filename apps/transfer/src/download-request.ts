import { createHash } from 'node:crypto';
import { PEER_ID_PATTERN, ShoalError, type PeerId } from '#core';

/**
 * What makes two requests the same one: the key that the asker gave, else the message's id, else, while that one runs, the
 * content of the request. The same key is the same distribution, however often it comes.
 */
export const idempotencyKeyOf = <
  T extends { readonly file: string; readonly idempotencyKey?: string | undefined },
>(
  request: T,
  messageId: string | undefined,
): string => {
  if (request.idempotencyKey !== undefined) return `key:${request.idempotencyKey}`;
  if (messageId !== undefined && messageId !== '') return `message:${messageId}`;
  const { idempotencyKey: _none, ...content } = request;
  return `content:${createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex')}`;
};

/** Whether nobody gave this key: it is the digest of the request. */
export const isContentKey = (idempotencyKey: string): boolean => idempotencyKey.startsWith('content:');

/** The next key of the same content, once the distribution `id` of this one has ended. */
export const keyAfter = (idempotencyKey: string, id: string): string =>
  `content:${createHash('sha256').update(`${idempotencyKey} ${id}`).digest('hex')}`;

/** The same key gives the same id, so that a repeated request meets its own distribution at every later step. */
export const distributionIdOf = (idempotencyKey: string): string =>
  `d-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 20)}`;

/** One command a distribution, target and epoch. */
export const commandIdOf = (distributionId: string, peerId: PeerId, epoch: number): string =>
  `${distributionId}:${peerId}:${epoch}`;

export interface NamedTargets {
  readonly ids: readonly PeerId[];
  readonly names: readonly string[];
}

/** `peer:host7`, `host7` or a peer id. @throws ShoalError `bad-message` for a selector of another kind */
export const parseTargets = (targets: readonly string[]): NamedTargets => {
  const ids = new Set<PeerId>();
  const names = new Set<string>();
  for (const target of targets) {
    const word = target.startsWith('peer:') ? target.slice('peer:'.length) : target;
    if (PEER_ID_PATTERN.test(word)) ids.add(word as PeerId);
    else if (/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/.test(word)) names.add(word);
    else {
      throw new ShoalError('bad-message', `"${target}" is not a target`, {
        hint: 'Write a peer name like host7 or peer:host7, or a peer id.',
      });
    }
  }
  return { ids: [...ids], names: [...names] };
};

/** Keys in one order, so that two equal requests have one digest. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
};
