import { createHash } from 'node:crypto';
import { ShoalError, type ErrorDocument, type PeerId } from '#core';
import { MESSAGE_LIMITS, type DistributionOptions, type DownloadRequest } from '#contracts';
import type { DistributionFacts, FileVersion } from '#registry';

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

/** The distribution of a later version, or of a target that came later, in a group that follows a name. */
export const followKey = (rootId: string, version: number, peerId?: PeerId): string =>
  `follow:${rootId}:${version}${peerId === undefined ? '' : `:${peerId}`}`;

/** Codes of failures that may pass though the peer says that they are permanent: another holder, more room, a moment later. */
const MAY_PASS: readonly string[] = [
  'no-holder',
  'timeout',
  'disk-full',
  'engine-down',
  'target-in-use',
  'peer-unreachable',
];

export const mayPass = ({ code, retry }: ErrorDocument): boolean =>
  retry === 'transient' || MAY_PASS.includes(code);

/** What a request says about the distribution of this file. */
export const factsOf = (
  file: FileVersion,
  request: DownloadRequest,
  followsFrom?: string,
): DistributionFacts => {
  const { force, folder, saveAs, maxDownRate } = request;
  const { fileId, name, version, size } = file;
  return {
    ...{ fileId, name, version, size, force, options: optionsOf(request) },
    ...(folder === undefined ? {} : { folder }),
    ...(saveAs === undefined ? {} : { saveAs }),
    ...(maxDownRate === undefined ? {} : { maxDownRate }),
    ...(followsFrom === undefined ? {} : { followsFrom }),
  };
};

const optionsOf = (request: DownloadRequest): DistributionOptions => {
  const { priority, startAt, deadline, concurrency, waves, successShare, abortShare } = request;
  const { retries, retryDelayMs, follow } = request;
  return {
    ...{ priority, successShare, retries, retryDelayMs, follow },
    ...(startAt === undefined ? {} : { startAt }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(waves === undefined ? {} : { waves }),
    ...(abortShare === undefined ? {} : { abortShare }),
  };
};

/** @throws ShoalError `bad-message` for times that make no sense now */
export const checkTimes = ({ startAt, deadline }: DownloadRequest, now: number): void => {
  if (deadline !== undefined && deadline <= now) {
    throw new ShoalError('bad-message', 'the deadline is over', {
      hint: 'Times are milliseconds since 1970 or like 2026-12-01T06:00:00Z; compare the clocks of the machines.',
    });
  }
  if (Math.max(startAt ?? 0, deadline ?? 0) > now + MESSAGE_LIMITS.aheadMs)
    throw new ShoalError('bad-message', 'startAt and deadline must be within a year from now');
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
