import { randomUUID } from 'node:crypto';
import { ShoalError } from '#core';
import {
  parseWith,
  REQUESTS,
  type DistributionStatus,
  type ReceivedRequest,
  type ReplyBody,
  type RequestBody,
  type RequestName,
} from '#contracts';
import type { Broker } from '#platform';

/** What the HTTP API asks the anchors about distributions. Everything that comes in is checked here before it is sent. */
export class Distributions {
  constructor(private readonly broker: Pick<Broker, 'request'>) {}

  /** One distribution for each call, or for each key. @throws ShoalError `bad-message`, and those of the anchors */
  create(body: unknown, key: string | undefined): Promise<ReplyBody<'transfer.download'>> {
    const request = checked('transfer.download', body);
    const idempotencyKey = request.idempotencyKey ?? key ?? randomUUID();
    return this.broker.request('transfer.download', { ...request, idempotencyKey }, ASK);
  }

  list(query: Query): Promise<ReplyBody<'transfer.list'>> {
    return this.broker.request('transfer.list', checked('transfer.list', page(query)), ASK);
  }

  /** @throws ShoalError `not-found` */
  status(distributionId: string, query: Query = {}): Promise<DistributionStatus> {
    const states = query['states']?.split(',');
    const request = checked('transfer.status', {
      ...page(query),
      distributionId,
      ...(states === undefined ? {} : { states }),
    });
    return this.broker.request('transfer.status', request, ASK);
  }

  /** @throws ShoalError `not-found` */
  cancel(distributionId: string, query: Query): Promise<ReplyBody<'transfer.cancel'>> {
    const keepParts = flag('keepParts', query['keepParts']);
    return this.broker.request(
      'transfer.cancel',
      checked('transfer.cancel', { distributionId, keepParts }),
      ASK,
    );
  }

  /** @throws ShoalError `not-found` */
  retry(distributionId: string): Promise<ReplyBody<'transfer.retry'>> {
    return this.broker.request('transfer.retry', checked('transfer.retry', { distributionId }), ASK);
  }
}

export type Query = Readonly<Record<string, string | undefined>>;

/** No anchor is said at once, a lost answer is asked for again. */
const ASK = { mandatory: true, tries: 2 } as const;

const checked = <N extends RequestName>(name: N, body: unknown): ReceivedRequest<N> & RequestBody<N> =>
  parseWith(REQUESTS[name].request, body, 'the request') as ReceivedRequest<N> & RequestBody<N>;

const page = ({ after, limit }: Query): object => ({
  ...(after === undefined ? {} : { after }),
  ...(limit === undefined ? {} : { limit: Number(limit) }),
});

const flag = (name: string, text: string | undefined): boolean => {
  if (text === undefined || text === 'false') return false;
  if (text === 'true' || text === '') return true;
  throw new ShoalError('bad-message', `${name}: must be true or false`);
};
